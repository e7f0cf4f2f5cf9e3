import type { VirtualItem } from '@tanstack/react-virtual';

/** Where a list was left, by the entry in the browser's history: who goes back finds it as it was. Kept until the page is loaded anew. */
export interface Place {
  readonly offsetPx: number;
  /** From 0: the row that the keyboard was on. */
  readonly row: number;
  /** The rows that were drawn, with their heights: without them the offset is another row's. */
  readonly heights?: readonly VirtualItem[];
}

const PLACES_MAX = 50;
const places = new Map<string, Place>();

export function placeOf(entry: string): Place {
  return places.get(entry) ?? { offsetPx: 0, row: 0 };
}

export function rememberPlace(entry: string, place: Place): void {
  places.delete(entry);
  places.set(entry, place);
  for (const oldest of places.keys()) {
    if (places.size <= PLACES_MAX) return;
    places.delete(oldest);
  }
}
