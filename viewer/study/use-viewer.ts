import { useEffect, useState, useSyncExternalStore } from 'react';
import { type CellState, EMPTY_CELL, type ViewerPort } from '../imaging/port.ts';
import { whenIdle } from '../when-idle.ts';

export type ViewerLoad = { readonly viewer: ViewerPort | undefined; readonly failed: boolean };

/** Starts on the first call and is the same for the whole visit. A failed start may be tried again. */
let starting: Promise<ViewerPort> | undefined;
export function startViewer(): Promise<ViewerPort> {
  starting ??= import('../imaging/cornerstone-viewer.ts')
    .then(({ openViewer }) => openViewer())
    .catch((thrown: unknown) => {
      starting = undefined;
      throw thrown;
    });
  return starting;
}

/** On a page from which studies are opened: once the reader pauses, the imaging code is made ready for the first of them. */
export function useViewerSoon(when: boolean): void {
  useEffect(() => (when ? whenIdle(() => void startViewer().catch(() => undefined)) : undefined), [when]);
}

/** The imaging code is large: the page is shown before it has loaded. */
export function useViewer(): ViewerLoad {
  const [load, setLoad] = useState<ViewerLoad>({ viewer: undefined, failed: false });
  useEffect(() => {
    let here = true;
    startViewer().then(
      (viewer) => here && setLoad({ viewer, failed: false }),
      () => here && setLoad({ viewer: undefined, failed: true }),
    );
    return () => {
      here = false;
    };
  }, []);
  return load;
}

/** `opened`: the cell exists in the port; before that there is nothing to listen to. */
export function useCell(viewer: ViewerPort | undefined, cell: string, opened: boolean): CellState {
  return useSyncExternalStore(
    (listener) => (viewer === undefined || !opened ? () => undefined : viewer.subscribe(cell, listener)),
    () => viewer?.state(cell) ?? EMPTY_CELL,
  );
}
