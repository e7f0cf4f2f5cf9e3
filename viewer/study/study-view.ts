/** What the study page shows, as it stands in the address: a link to it opens the same series, grid and image. */
import { STUDY_OF_PATTERN } from '../../gateway/api/contract/bounds.ts';
import type { StudyAddress } from '../api/study-address.ts';

export const LAYOUTS = ['1x1', '1x2', '2x1', '2x2'] as const;
/** rows × columns */
export type Layout = (typeof LAYOUTS)[number];

export interface StudyView {
  readonly layout?: Layout;
  /** Stack of each cell (stacks.ts), comma-separated; an empty place is an empty cell. */
  readonly series?: string;
  /** The cell with the keyboard, from 1. */
  readonly cell?: number;
  /** The image on that cell, from 1. */
  readonly image?: number;
  /** That cell alone fills the grid's place; the others keep theirs behind it. */
  readonly maximised?: true;
  /** Which of the studies that go by the UID (`StudyAddress`). */
  readonly of?: string;
  /** Another study beside it, by its exact address: UID, exclamation mark, `of`. */
  readonly beside?: string;
}

export function parseStudyView(search: Record<string, unknown>): StudyView {
  const layout = LAYOUTS.find((known) => known === search['layout']);
  const series = typeof search['series'] === 'string' && /^[0-9.,/]{1,600}$/.test(search['series']) ? search['series'] : undefined;
  const cell = positive(search['cell']);
  const of = typeof search['of'] === 'string' && STUDY_OF_PATTERN.test(search['of']) ? search['of'] : undefined;
  const image = positive(search['image']);
  const beside = typeof search['beside'] === 'string' && readBeside(search['beside']) !== undefined ? search['beside'] : undefined;
  return {
    ...(layout === undefined ? {} : { layout }),
    ...(series === undefined ? {} : { series }),
    ...(of === undefined ? {} : { of }),
    ...(beside === undefined ? {} : { beside }),
    ...(cell === undefined ? {} : { cell }),
    ...(image === undefined ? {} : { image }),
    ...(search['maximised'] === true ? { maximised: true as const } : {}),
  };
}

/** The study that is shown beside the first; undefined: there is none. */
export function readBeside(beside: string | undefined): StudyAddress | undefined {
  const [studyInstanceUID = '', of = '', ...more] = (beside ?? '').split('!');
  return UID.test(studyInstanceUID) && STUDY_OF_PATTERN.test(of) && more.length === 0 ? { studyInstanceUID, of } : undefined;
}

/** What may name a study, as the gateway takes it. */
const UID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** The address of two studies in two cells: one above the other on a screen that is held upright. */
export function sideBySide(one: ExactStudy, other: ExactStudy, upright: boolean): StudyView {
  return { of: one.exact, beside: `${other.studyInstanceUID}!${other.exact}`, layout: upright ? '2x1' : '1x2' };
}

interface ExactStudy {
  readonly studyInstanceUID: string;
  readonly exact: string;
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
  readonly maximised: boolean;
}

/** Fills in what the address leaves open: the first series for the first cell, the following ones for the others of a larger grid. */
export function gridView(view: StudyView, seriesInstanceUIDs: readonly string[]): GridView {
  const layout = view.layout ?? (view.beside === undefined ? '1x1' : '1x2');
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
  return { layout, cells, active, maximised: view.maximised === true && cells.length > 1 };
}

export function withCell(grid: GridView, cell: number, seriesInstanceUID: string): StudyView {
  const cells = grid.cells.map((current, at) => (at === cell ? seriesInstanceUID : (current ?? '')));
  return { layout: grid.layout, series: cells.join(','), cell: cell + 1, ...(grid.maximised ? { maximised: true } : {}) };
}

/**
 * Another grid over the same series: a smaller one is the part of it where the active cell is, so that what the reader looks at stays on screen.
 * `image`: the one on the active cell, from 0.
 */
export function inLayout(grid: GridView, layout: Layout, image: number): StudyView {
  const { rows, columns } = layoutSize(layout);
  const size = rows * columns;
  const start = Math.floor(grid.active / size) * size;
  const cells = grid.cells.slice(start, start + size);
  return { layout, series: cells.map((uid) => uid ?? '').join(','), cell: grid.active - start + 1, image: image + 1 };
}

/** The active cell alone, or all of them again. One cell is that already. */
export function toggledMaximised(grid: GridView, view: StudyView): StudyView {
  const { maximised: _, ...rest } = view;
  return grid.cells.length === 1 || grid.maximised ? rest : { ...rest, maximised: true };
}

/** The cell `by` places on, around the end. */
export function neighbourCell(grid: GridView, by: 1 | -1): number {
  return (grid.active + by + grid.cells.length) % grid.cells.length;
}

/** With the keyboard on that cell, counted from 0; the image is the one that lies there. */
export function activated({ image: _image, ...view }: StudyView, cell: number): StudyView {
  return { ...view, cell: cell + 1 };
}

/** The cells in which a stack is, counted from 1. */
export function cellsBySeries(cells: GridView['cells']): Map<string, number[]> {
  const bySeries = new Map<string, number[]>();
  for (const [at, uid] of cells.entries()) if (uid !== undefined) bySeries.set(uid, [...(bySeries.get(uid) ?? []), at + 1]);
  return bySeries;
}
