// @vitest-environment happy-dom
import { screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { studyDetailOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { NO_PROGRESS, type UploadProgress } from './run-upload.ts';
import { UploadReport } from './upload-report.tsx';

type Counts = UploadProgress['counts'];

function progressOf(counts: Partial<Counts>, phase: UploadProgress['phase']): UploadProgress {
  const found = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { ...NO_PROGRESS, phase, allFound: true, found, counts: { ...NO_PROGRESS.counts, ...counts } };
}

const nothing = () => undefined;

function Report({ progress }: { progress: UploadProgress }) {
  return <UploadReport progress={progress} bytes={0} secondsLeft={undefined} onCancel={nothing} onResume={nothing} onAgain={nothing} />;
}

it.each([
  ['ja', '2026/11/20'],
  ['en', '20 Nov 2026'],
] as const)('a study is told from others of its patient by kind and day (%s)', async (language, day) => {
  const study = studyDetailOf([]);
  const progress = { ...progressOf({ stored: 1 }, 'finished'), studies: new Map([[study.studyInstanceUID, 1]]) };
  await showPart(<Report progress={progress} />, { language, answers: { [`GET /api/studies/${study.studyInstanceUID}`]: study } });
  const row = await screen.findByTestId('uploaded-study');
  await vi.waitFor(() => expect(row.textContent).toContain(study.studyDescription));
  expect(row.textContent).toContain(day);
  expect(row.textContent).toContain('CT');
});

describe.each(LANGUAGES)('what became of the files (%s)', (language) => {
  it.each([
    ['nothing yet', {}, 'running', ['stored 0']],
    ['all was here already', { duplicate: 3 }, 'finished', ['duplicate 3']],
    ['some are new', { stored: 2, duplicate: 1 }, 'finished', ['stored 2', 'duplicate 1']],
    [
      'trouble stands before what is no image',
      { dicomdir: 1, 'not-dicom': 4, 'left-out': 2, failed: 1, unreadable: 1, quarantined: 1, stored: 5 },
      'finished',
      ['stored 5', 'failed 1', 'unreadable 1', 'quarantined 1', 'left-out 2', 'dicomdir 1', 'not-dicom 4'],
    ],
    ['nothing but trouble', { failed: 2 }, 'finished', ['failed 2']],
  ] as const)('%s', async (_name, counts, phase, expected) => {
    await showPart(<Report progress={progressOf(counts, phase)} />, { language });
    const shown = [...document.querySelectorAll<HTMLElement>('[data-outcome]')];
    expect(shown.map((one) => `${one.dataset['outcome']} ${one.querySelector('dd')?.textContent}`)).toEqual(expected);
  });
});
