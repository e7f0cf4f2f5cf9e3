/** A view and its end are two entries, since entries never change; who asks who opened a study is told of one, with its duration. */
import { describe, expect, test } from 'vitest';
import type { StudyInstanceUID } from '../../gateway/domain/identifiers.ts';
import type { AuditEntry } from '../../gateway/domain/record/audit.ts';
import { withDurations } from '../../gateway/usecases/record/view-durations.ts';
import { appendAudit } from '../../storage/index/record/audit.ts';
import { embeddedDriver, nextUID } from '../fixtures/servers/index-drivers.ts';
import { entry, hospital, index, useIndex } from '../fixtures/servers/index-suite.ts';

interface Act {
  /** Seconds after the beginning. */
  readonly at: number;
  readonly userId?: string;
  readonly view?: string;
  readonly series?: string;
  /** Of an end. */
  readonly seconds?: number;
  readonly refused?: true;
}

const DAY = Date.parse('2031-05-01T01:00:00Z');

describe('the duration of views', () => {
  useIndex(embeddedDriver());

  // Acts in the order in which they are on record; expected: of each view, its duration.
  test.each<[string, readonly Act[], readonly (number | undefined)[]]>([
    [
      'a view and its end',
      [
        { at: 0, view: 'a' },
        { at: 620, view: 'a', seconds: 90 },
      ],
      [90],
    ],
    ['no end: it goes on, or was short', [{ at: 0, view: 'a' }], [undefined]],
    [
      'the end of the first comes after the beginning of the second',
      [
        { at: 0, view: 'a' },
        { at: 601, view: 'b' },
        { at: 640, view: 'a', seconds: 30 },
        { at: 1250, view: 'b', seconds: 5 },
      ],
      [30, 5],
    ],
    [
      'the second only has an end',
      [
        { at: 0, view: 'a' },
        { at: 601, view: 'b' },
        { at: 1250, view: 'b', seconds: 5 },
      ],
      [undefined, 5],
    ],
    [
      'another person’s',
      [
        { at: 0, view: 'a' },
        { at: 620, view: 'a', userId: '2', seconds: 90 },
      ],
      [undefined],
    ],
    [
      'another series’',
      [
        { at: 0, view: 'a', series: '1.1' },
        { at: 620, view: 'a', series: '1.2', seconds: 90 },
      ],
      [undefined],
    ],
    ['of an earlier version, without a name', [{ at: 0 }, { at: 620, seconds: 90 }, { at: 700 }, { at: 1400, seconds: 600 }], [90, 600]],
    ['of an earlier version, longer than it can have been', [{ at: 0 }, { at: 60, seconds: 90 }], [undefined]],
    ['of an earlier version, of long ago', [{ at: 0 }, { at: 4000, seconds: 90 }], [undefined]],
    [
      'the last of a program that stops',
      [
        { at: 0, view: 'a' },
        { at: 20, view: 'a', seconds: 19 },
      ],
      [19],
    ],
  ])('%s', async (_name, acts, expected) => {
    const studyInstanceUID = nextUID() as StudyInstanceUID;
    for (const { at, userId = '1', view, series, seconds } of acts) {
      const what = {
        studyInstanceUID,
        ownerFacilityCode: hospital.code,
        count: 3,
        ...(view === undefined ? {} : { view }),
        ...(series === undefined ? {} : { seriesInstanceUID: series }),
        ...(seconds === undefined ? {} : { seconds }),
      };
      const act = { ...entry(seconds === undefined ? 'study-viewed' : 'view-ended', what), who: { kind: 'person', userId } } as AuditEntry;
      await index.asOwner((database) => database.transaction((tx) => appendAudit(tx, [act], new Date(DAY + at * 1000))));
    }
    const of = { studyInstanceUID, ownerFacilityCode: hospital.code };
    const views = await index.audit.find({ ...of, actions: ['study-viewed'], limit: 10 });
    const shown = await withDurations(index.audit, of, views);
    expect(shown.map((one) => one.entry.what?.seconds).reverse()).toEqual(expected);
  });
});
