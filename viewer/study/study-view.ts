/** What the study page shows, as it stands in the address: a link to it opens the same series, grid and image. */
export const LAYOUTS = ['1x1', '1x2', '2x1', '2x2'] as const;
/** rows × columns */
export type Layout = (typeof LAYOUTS)[number];

export interface StudyView {
  readonly layout?: Layout;
  /** Series of each cell, comma-separated; an empty place is an empty cell. */
  readonly series?: string;
  /** The cell with the keyboard, from 1. */
  readonly cell?: number;
  /** The image on that cell, from 1. */
  readonly image?: number;
  /** Which of the studies that go by the UID (`StudyAddress`). */
  readonly of?: string;
}

export function parseStudyView(search: Record<string, unknown>): StudyView {
  const layout = LAYOUTS.find((known) => known === search['layout']);
  const series = typeof search['series'] === 'string' && /^[0-9.,]{1,300}$/.test(search['series']) ? search['series'] : undefined;
  const cell = positive(search['cell']);
  const of = typeof search['of'] === 'string' && /^[A-Za-z0-9_-]{1,32}(~[1-9][0-9]{0,8})?$/.test(search['of']) ? search['of'] : undefined;
  const image = positive(search['image']);
  return {
    ...(layout === undefined ? {} : { layout }),
    ...(series === undefined ? {} : { series }),
    ...(of === undefined ? {} : { of }),
    ...(cell === undefined ? {} : { cell }),
    ...(image === undefined ? {} : { image }),
  };
}

function positive(value: unknown): number | undefined {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}

export function layoutSize(layout: Layout): { rows: number; columns: number } {
  const [rows, columns] = layout.split('x').map(Number) as [number, number];
  return { rows, columns };
}

export interface GridView {
  readonly layout: Layout;
  readonly cells: readonly (string | undefined)[];
  /** From 0. */
  readonly active: number;
}

/** Fills in what the address leaves open: the first series for the first cell, the following ones for the others of a larger grid. */
export function gridView(view: StudyView, seriesInstanceUIDs: readonly string[]): GridView {
  const layout = view.layout ?? '1x1';
  const { rows, columns } = layoutSize(layout);
  const named = (view.series ?? '').split(',');
  const cells: (string | undefined)[] = [];
  const unused = seriesInstanceUIDs.filter((uid) => !named.includes(uid));
  for (let at = 0; at < rows * columns; at += 1) {
    const name = named[at];
    if (name !== undefined && seriesInstanceUIDs.includes(name)) cells.push(name);
    else cells.push(view.series === undefined || name === undefined ? unused.shift() : undefined);
  }
  const active = Math.min(Math.max(0, (view.cell ?? 1) - 1), cells.length - 1);
  return { layout, cells, active };
}

export function withCell(grid: GridView, cell: number, seriesInstanceUID: string): StudyView {
  const cells = grid.cells.map((current, at) => (at === cell ? seriesInstanceUID : (current ?? '')));
  return { layout: grid.layout, series: cells.join(','), cell: cell + 1 };
}
