import { describe, expect, it } from 'vitest';
import {
  activated,
  cellsBySeries,
  gridView,
  inLayout,
  layoutSize,
  neighbourCell,
  parseStudyView,
  readBeside,
  sideBySide,
  toggledMaximised,
  withCell,
} from './study-view.ts';

describe('parseStudyView', () => {
  it.each([
    ['nothing', {}, {}],
    [
      'text from an address',
      { layout: '2x2', series: '1.2,1.3', cell: '2', image: '40' },
      { layout: '2x2', series: '1.2,1.3', cell: 2, image: 40 },
    ],
    ['one of several studies', { of: 'H1~2' }, { of: 'H1~2' }],
    ['a study that nobody could own', { of: '../x' }, {}],
    ['another study beside it', { beside: '1.2.3!H1~2' }, { beside: '1.2.3!H1~2' }],
    ...['1.2.3', '1.2.3!', '!H1', '1.2.3!H1!x', '../x!H1', '1.2.3!../x', 7].map((beside): [string, object, object] => [
      `no study beside: ${beside}`,
      { beside },
      {},
    ]),
    ['what nobody could mean', { layout: '9x9', series: '<script>', cell: '-1', image: '0' }, {}],
  ])('%s', (_name, search, expected) => {
    expect(parseStudyView(search)).toEqual(expected);
  });
});

describe('two studies side by side', () => {
  const [older, newer] = [
    { studyInstanceUID: '1.2', exact: 'H1~1' },
    { studyInstanceUID: '1.3', exact: 'C1~2' },
  ];

  it('have an address that is read again, and a cell each', () => {
    const view = sideBySide(older, newer, false);
    expect(parseStudyView({ ...view })).toEqual(view);
    expect([view.of, readBeside(view.beside)]).toEqual(['H1~1', { studyInstanceUID: '1.3', of: 'C1~2' }]);
    expect(gridView(view, ['a1', 'b1', 'a2'])).toMatchObject({ layout: '1x2', cells: ['a1', 'b1'] });
    expect(gridView({ beside: view.beside ?? '' }, ['a1', 'b1', 'a2'])).toMatchObject({ layout: '1x2', cells: ['a1', 'b1'] });
  });

  it('stand one above the other on a screen that is held upright', () => {
    expect(gridView(sideBySide(older, newer, true), ['a1', 'b1'])).toMatchObject({ layout: '2x1', cells: ['a1', 'b1'] });
  });
});

describe('gridView', () => {
  const uids = ['1.1', '1.2', '1.3'];
  it.each([
    ['one cell shows the first series', {}, ['1.1'], 0],
    ['a larger grid takes the following ones', { layout: '2x2' }, ['1.1', '1.2', '1.3', undefined], 0],
    ['named series, the rest filled up', { layout: '1x2', series: '1.3' }, ['1.3', '1.1'], 0],
    ['a series that is not in the study leaves its cell empty', { layout: '1x2', series: '9.9,1.2' }, [undefined, '1.2'], 0],
    ['an empty place stays empty', { layout: '1x2', series: ',1.2' }, [undefined, '1.2'], 0],
    ['the keyboard’s cell is kept inside the grid', { layout: '1x2', cell: 4 }, ['1.1', '1.2'], 1],
  ] as const)('%s', (_name, view, cells, active) => {
    const grid = gridView(view, uids);
    expect(grid.cells).toEqual(cells);
    expect(grid.active).toBe(active);
  });

  it('puts a series into a cell and gives it the keyboard', () => {
    expect(withCell(gridView({ layout: '1x2' }, uids), 1, '1.3')).toEqual({ layout: '1x2', series: '1.1,1.3', cell: 2 });
  });
  it('counts rows before columns', () => {
    expect(layoutSize('1x2')).toEqual({ rows: 1, columns: 2 });
  });
});

describe('what is active stays on screen', () => {
  const uids = ['1.1', '1.2', '1.3', '1.4'];
  it.each([
    ['2x2', 1, '1x1', '1.1', 0],
    ['2x2', 3, '1x1', '1.3', 0],
    ['2x2', 4, '1x2', '1.3,1.4', 1],
    ['2x2', 2, '2x1', '1.1,1.2', 1],
    ['1x2', 2, '2x2', '1.1,1.2,1.3,1.4', 1],
  ] as const)('%s with cell %i active → %s', (from, cell, to, series, active) => {
    const grid = gridView({ layout: from, cell }, uids);
    const next = inLayout(grid, to, 4);
    const shown = gridView(next, uids);
    expect(next.image).toBe(5);
    expect(shown.cells.join(',')).toBe(series);
    expect(shown.active).toBe(active);
    expect(shown.cells[shown.active]).toBe(grid.cells[grid.active]);
  });

  it('a maximised cell returns to the grid it came from', () => {
    const view = { layout: '2x2', cell: 3 } as const;
    const large = toggledMaximised(gridView(view, uids), view);
    expect(gridView(large, uids)).toMatchObject({ maximised: true, active: 2, layout: '2x2' });
    expect(toggledMaximised(gridView(large, uids), large)).toEqual(view);
    expect(toggledMaximised(gridView({}, uids), {})).toEqual({});
    expect(parseStudyView({ ...large })).toEqual(large);
    expect(withCell(gridView(large, uids), 2, '1.1').maximised).toBe(true);
  });

  it('another cell has the keyboard, and the image is the one that lies there', () => {
    expect(activated({ layout: '2x2', cell: 1, image: 7 }, 2)).toEqual({ layout: '2x2', cell: 3 });
  });

  it('a stack says in which cells it is', () => {
    expect([...cellsBySeries(['1.2', undefined, '1.1', '1.2'])]).toEqual([
      ['1.2', [1, 4]],
      ['1.1', [3]],
    ]);
  });

  it('cells go around', () => {
    const grid = gridView({ layout: '2x2', cell: 4 }, uids);
    expect([neighbourCell(grid, 1), neighbourCell(grid, -1)]).toEqual([0, 2]);
  });
});
