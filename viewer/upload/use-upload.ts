import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { knownFiles, uploadFile } from '../api/gateway.ts';
import { ApiError, isFinal } from '../api/http.ts';
import type { ItemSource } from './files/upload-items.ts';
import { NO_PROGRESS, runUpload, type UploadPorts, type UploadProgress } from './run-upload.ts';

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
  isFatal: (error) => error instanceof ApiError && (error.status === 401 || error.status === 403),
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};

export function useUpload() {
  const client = useQueryClient();
  const [progress, setProgress] = useState<UploadProgress>();
  const sources = useRef<readonly ItemSource[]>([]);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const run = useCallback(
    async (before: UploadProgress | undefined) => {
      running.current?.abort();
      const control = new AbortController();
      running.current = control;
      let drawnAt = 0;
      const draw = (next: UploadProgress) => {
        if (running.current !== control) return;
        const now = performance.now();
        if (next.phase === 'running' && now - drawnAt < REDRAW_MS) return;
        drawnAt = now;
        setProgress(next);
      };
      const end = await runUpload(sources.current, ports, draw, control.signal, before ?? NO_PROGRESS);
      if (running.current === control) setProgress(end);
      if (end.phase === 'stopped') await client.invalidateQueries({ queryKey: ['session'] });
      await client.invalidateQueries({ queryKey: ['studies'] });
    },
    [client],
  );
  return {
    progress,
    start: (next: readonly ItemSource[]) => {
      if (next.length === 0) return;
      sources.current = next;
      void run(undefined);
    },
    cancel: () => running.current?.abort(),
    resume: () => void run(progress),
    clear: () => {
      running.current?.abort();
      running.current = undefined;
      setProgress(undefined);
    },
  };
}
