import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, isFinal } from '../api/http.ts';
import { keptStudies, knownFiles, uploadFile } from '../api/uploads.ts';
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

/**
 * The upload that was sent last, by the page's entry in the browser's history: who opened a study from the report and goes back finds the report. One
 * at most; forgotten with all that the page holds of patients.
 */
interface Sent {
  readonly entry: string;
  readonly sources: readonly ItemSource[];
  readonly chosen: Chosen;
  readonly stage: UploadStage;
}
const SENT = ['upload-sent'];

function sentOf(client: QueryClient, entry: string): Sent | undefined {
  const sent = client.getQueryData<Sent>(SENT);
  return sent?.entry === entry ? sent : undefined;
}

/** While it runs there is nothing to go back to: who leaves the page ends it. */
function keepSent(client: QueryClient, sent: Sent): void {
  if (sent.stage.kind !== 'sending' || sent.stage.progress.phase === 'running') return;
  client.setQueryDefaults(SENT, { gcTime: Number.POSITIVE_INFINITY });
  client.setQueryData<Sent>(SENT, sent);
}

/** One thing goes on at a time. */
function useBegin(setStage: Draw) {
  const running = useRef<AbortController>(undefined);
  useEffect(
    () => () => {
      running.current?.abort();
      // What ends after the page was left is kept by nobody: its person may have signed out.
      running.current = undefined;
    },
    [],
  );

  /** Ends what was going on; `draw` shows nothing once something else goes on. */
  const begin = useCallback(() => {
    running.current?.abort();
    const control = new AbortController();
    running.current = control;
    const isCurrent = () => running.current === control;
    const draw = (next: UploadStage) => {
      if (isCurrent()) setStage(next);
    };
    return { signal: control.signal, draw, isCurrent };
  }, [setStage]);
  return { begin, running };
}

export function useUpload(entry: string) {
  const client = useQueryClient();
  const [left] = useState(() => sentOf(client, entry));
  const [stage, setStage] = useState<UploadStage>(left?.stage ?? { kind: 'empty' });
  const sources = useRef<readonly ItemSource[]>(left?.sources ?? []);
  const looked = useRef<{ disc: Disc; held: KeptStudies | undefined }>(undefined);
  const chosen = useRef<Chosen | undefined>(left?.chosen);
  const { begin, running } = useBegin(setStage);

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
      const { signal, draw, isCurrent } = begin();
      if (chosen.current === undefined) return;
      const sent = { entry, sources: sources.current, chosen: chosen.current };
      const keep = (next: UploadStage) => {
        draw(next);
        if (isCurrent()) keepSent(client, { ...sent, stage: next });
      };
      const end = await sendShown(sources.current, chosen.current, keep, signal, before);
      if (end.phase === 'stopped') await client.invalidateQueries({ queryKey: ['session'] });
      await client.invalidateQueries({ queryKey: ['studies'] });
    },
    [begin, client, entry],
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
      client.removeQueries({ queryKey: SENT });
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
