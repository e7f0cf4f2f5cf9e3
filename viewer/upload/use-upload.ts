import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { keptStudies, knownFiles, uploadFile } from '../api/gateway.ts';
import { ApiError, isFinal } from '../api/http.ts';
import { askKept, type KeptStudies, keptKey } from './already-kept.ts';
import type { ItemSource } from './files/upload-items.ts';
import { type Disc, type DiscContents, lookThrough } from './look-through.ts';
import { type Chosen, NO_PROGRESS, runUpload, type UploadPorts, type UploadProgress } from './run-upload.ts';
import { TimeLeft } from './time-left.ts';

/** Larger files are sent without asking first: hashing them would hold them whole in memory. */
const DIGEST_BYTES_MAX = 256 * 2 ** 20;
/** The screen is redrawn at most this often while files fly by. */
const REDRAW_MS = 80;

const ports: UploadPorts = {
  async digest(content) {
    const bytes = content instanceof Blob ? content.size : content.byteLength;
    // Outside a secure context (plain HTTP on a network) browsers offer no digest.
    if (bytes > DIGEST_BYTES_MAX || globalThis.crypto?.subtle === undefined) return undefined;
    const data = content instanceof Blob ? await content.arrayBuffer() : content;
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
    return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  },
  known: knownFiles,
  send: uploadFile,
  mayRetry: (error) => !isFinal(error),
  isFatal,
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};

function isFatal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

/** Where a person is: nothing dropped; it is looked through; they choose; it is sent, or has been. */
export type UploadStage =
  | { readonly kind: 'empty' }
  | { readonly kind: 'looking'; readonly found: number; readonly patients: number }
  /** `held` undefined: the gateway did not say. */
  | { readonly kind: 'choosing'; readonly contents: DiscContents; readonly held: KeptStudies | undefined }
  | { readonly kind: 'sending'; readonly progress: UploadProgress; readonly bytes: number; readonly secondsLeft: number | undefined };

export function useUpload() {
  const client = useQueryClient();
  const [stage, setStage] = useState<UploadStage>({ kind: 'empty' });
  const sources = useRef<readonly ItemSource[]>([]);
  const looked = useRef<{ disc: Disc; held: KeptStudies | undefined }>(undefined);
  const chosen = useRef<Chosen>(undefined);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  /** Ends what was going on; `draw` shows nothing once something else goes on. */
  const begin = useCallback(() => {
    running.current?.abort();
    const control = new AbortController();
    running.current = control;
    const draw = (next: UploadStage) => {
      if (running.current === control) setStage(next);
    };
    return { signal: control.signal, draw };
  }, []);

  const look = useCallback(async () => {
    const { signal, draw } = begin();
    try {
      const disc = await lookThroughShown(sources.current, draw, signal);
      const held = await askKept(disc.contents.patients, keptStudies, signal).catch((error: unknown) => {
        if (isFatal(error)) void client.invalidateQueries({ queryKey: ['session'] });
        return undefined;
      });
      looked.current = { disc, held };
      draw({ kind: 'choosing', contents: disc.contents, held });
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }, [begin, client]);

  const send = useCallback(
    async (before: UploadProgress) => {
      const { signal, draw } = begin();
      if (chosen.current === undefined) return;
      const end = await sendShown(sources.current, chosen.current, draw, signal, before);
      if (end.phase === 'stopped') await client.invalidateQueries({ queryKey: ['session'] });
      await client.invalidateQueries({ queryKey: ['studies'] });
    },
    [begin, client],
  );

  return {
    stage,
    start: (next: readonly ItemSource[]) => {
      if (next.length === 0) return;
      sources.current = next;
      void look();
    },
    take: (patients: ReadonlySet<number>, notNamed: boolean) => {
      if (looked.current === undefined) return;
      chosen.current = chosenOf(looked.current, patients, notNamed);
      void send(NO_PROGRESS);
    },
    cancel: () => running.current?.abort(),
    resume: () => {
      if (stage.kind === 'sending') void send(stage.progress);
    },
    clear: () => {
      begin();
      looked.current = undefined;
      sources.current = [];
      setStage({ kind: 'empty' });
    },
  };
}

type Draw = (next: UploadStage) => void;

function lookThroughShown(sources: readonly ItemSource[], draw: Draw, signal: AbortSignal): Promise<Disc> {
  draw({ kind: 'looking', found: 0, patients: 0 });
  const mayDraw = atIntervals();
  return lookThrough(
    sources,
    (found, patients) => {
      if (mayDraw()) draw({ kind: 'looking', found, patients });
    },
    signal,
  );
}

async function sendShown(
  sources: readonly ItemSource[],
  chosen: Chosen,
  draw: Draw,
  signal: AbortSignal,
  before: UploadProgress,
): Promise<UploadProgress> {
  const left = new TimeLeft();
  const mayDraw = atIntervals();
  const show = (progress: UploadProgress) =>
    draw({ kind: 'sending', progress, bytes: chosen.bytes, secondsLeft: left.seconds(chosen.bytes) });
  const onProgress = (progress: UploadProgress) => {
    left.note(performance.now(), progress.bytesDone);
    if (mayDraw()) show(progress);
  };
  show({ ...before, phase: 'running' });
  const end = await runUpload(sources, chosen, ports, onProgress, signal, before);
  show(end);
  return end;
}

function atIntervals(): () => boolean {
  let drawnAt = performance.now();
  return () => {
    const now = performance.now();
    if (now - drawnAt < REDRAW_MS) return false;
    drawnAt = now;
    return true;
  };
}

function chosenOf({ disc, held }: { disc: Disc; held: KeptStudies | undefined }, patients: ReadonlySet<number>, notNamed: boolean): Chosen {
  return {
    ...disc.choose(patients, notNamed),
    addressOf: (header) => {
      const { studyInstanceUID } = header;
      return { studyInstanceUID, of: held?.get(keptKey(disc.numberOf(header) ?? -1, studyInstanceUID))?.of ?? null };
    },
  };
}
