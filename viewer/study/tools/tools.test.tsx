// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { LANGUAGES, showPart } from '../../../test/fixtures/viewer/show-part.tsx';
import { type CellState, EMPTY_CELL } from '../../imaging/port.ts';
import { seriesContent } from '../../imaging/series-images.ts';
import { WindowMenu } from './window-menu.tsx';

const CT: CellState = { ...EMPTY_CELL, phase: 'ready', count: 3, window: { center: 40, width: 400 } };
const image = (windows: { center: number; width: number }[]) =>
  seriesContent(
    [
      {
        '00080018': { Value: ['1'] },
        '00280010': { Value: [4] },
        '00280011': { Value: [4] },
        '00281050': { Value: windows.map(({ center }) => center) },
        '00281051': { Value: windows.map(({ width }) => width) },
      },
    ],
    () => '/x',
  ).images[0];

describe.each(LANGUAGES)('%s', (language) => {
  const open = async (state: CellState, modality: string, windows: { center: number; width: number }[] = []) => {
    const acts = { onWindow: vi.fn(), onReset: vi.fn() };
    const shown = await showPart(<WindowMenu state={state} modality={modality} image={image(windows)} {...acts} />, { language });
    const trigger = screen.getByRole('button', { name: shown.words.study.windowPresets });
    return { ...shown, ...acts, trigger };
  };

  it('colour has no window to choose', async () => {
    const { trigger } = await open({ ...CT, window: undefined }, 'US');
    expect(trigger).toHaveProperty('disabled', true);
  });

  it('CT has its presets with their keys, and a press sets width and centre', async () => {
    const { user, words, trigger, onWindow } = await open(CT, 'CT');
    await user.click(trigger);
    const lung = within(screen.getByRole('menu')).getByRole('menuitem', { name: new RegExp(words.preset.lung) });
    expect(lung.textContent).toMatch(/^2.*1500 \/ -600$/);
    await user.click(lung);
    expect(onWindow).toHaveBeenCalledWith({ center: -600, width: 1500 });
  });

  it('the image’s own window comes first, under its own name, and the way back', async () => {
    const { user, words, trigger, onWindow, onReset } = await open(CT, 'MR', [{ center: 300, width: 700 }]);
    await user.click(trigger);
    await user.click(screen.getByRole('menuitem', { name: new RegExp(words.study.windowOwn) }));
    expect(onWindow).toHaveBeenCalledWith({ center: 300, width: 700 });
    await user.click(trigger);
    expect(screen.getAllByRole('menuitem')).toHaveLength(2);
    await user.click(screen.getByRole('menuitem', { name: words.study.windowReset }));
    expect(onReset).toHaveBeenCalledOnce();
  });
});
