// @vitest-environment happy-dom
import { screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { say } from '../../test/fixtures/say.ts';
import { LANGUAGES, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { EMPTY_CELL, type Measurement } from '../imaging/port.ts';
import { MeasurementMenu } from './measurement-menu.tsx';

const LENGTH: Measurement = {
  id: 'm1',
  tool: 'length',
  index: 11,
  sopInstanceUID: '2.25.1.1.12',
  frame: 1,
  place: {
    space: 'patient',
    frameOfReferenceUID: '2.25.9',
    points: [
      [0, 0, 0],
      [10, 0, 0],
    ],
  },
  values: [{ quantity: 'length', numbers: [10.04], unit: 'mm', calibration: undefined }],
  selected: false,
};

describe.each(LANGUAGES)('%s', (language) => {
  const open = async (measurements: readonly Measurement[]) => {
    const acts = { onJump: vi.fn(), onDelete: vi.fn() };
    const state = { ...EMPTY_CELL, count: 40, measurements };
    const shown = await showPart(<MeasurementMenu state={state} {...acts} />, { language });
    await shown.user.click(screen.getByRole('button', { name: `${shown.words.measure.title} (${measurements.length})` }));
    return { ...shown, ...acts };
  };

  it('none: says how one is made', async () => {
    const { words } = await open([]);
    expect(screen.getByText(words.measure.none)).toBeTruthy();
    expect(screen.queryByText(words.measure.unsaved)).toBeNull();
  });

  it('one: its value with the unit; a press leads to its image, another takes it away; it says that it is not kept', async () => {
    const { user, words, onJump, onDelete } = await open([LENGTH]);
    const goTo = say(words.measure.goToImage, { number: 12 });
    await user.click(screen.getByRole('button', { name: `${words.tool.length} 10.0 mm. ${goTo}` }));
    expect(onJump).toHaveBeenCalledWith(11);
    await user.click(screen.getByRole('button', { name: words.measure.delete }));
    expect(onDelete).toHaveBeenCalledWith('m1');
    expect(screen.getByText(words.measure.unsaved)).toBeTruthy();
  });
});
