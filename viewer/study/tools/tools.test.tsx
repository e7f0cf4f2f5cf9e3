// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { say } from '../../../test/fixtures/say.ts';
import { LANGUAGES, showPart } from '../../../test/fixtures/viewer/show-part.tsx';
import { type CellState, EMPTY_CELL, type OwnWindow } from '../../imaging/port.ts';
import { WindowMenu } from './window-menu.tsx';

const CT: CellState = { ...EMPTY_CELL, phase: 'ready', count: 3, window: { center: 40, width: 400 } };
const SOFT: OwnWindow = { number: 0, explanation: '', window: { center: 300, width: 700 } };

describe.each(LANGUAGES)('%s', (language) => {
  const open = async (state: CellState, modality: string) => {
    const acts = { onWindow: vi.fn(), onOwn: vi.fn(), onReset: vi.fn() };
    const shown = await showPart(<WindowMenu state={state} modality={modality} {...acts} />, { language });
    const trigger = screen.getByRole('button', { name: shown.words.study.windowPresets });
    return { ...shown, ...acts, trigger };
  };
  const choice = (name: string | RegExp) => within(screen.getByRole('menu')).getByRole('menuitemradio', { name });

  it('colour has no window to choose', async () => {
    const { trigger } = await open({ ...CT, window: undefined }, 'US');
    expect(trigger).toHaveProperty('disabled', true);
  });

  it('CT has its presets with their keys, and a press sets width and centre', async () => {
    const { user, words, trigger, onWindow } = await open(CT, 'CT');
    await user.click(trigger);
    const lung = choice(new RegExp(words.preset.lung));
    expect(lung.textContent).toMatch(/^2.*1500 \/ -600$/);
    await user.click(lung);
    expect(onWindow).toHaveBeenCalledWith({ center: -600, width: 1500 });
  });

  it('the image’s own window comes first, under its own name, and the way back', async () => {
    const { user, words, trigger, onOwn, onReset } = await open({ ...CT, own: [SOFT], chosenOwn: 0 }, 'MR');
    await user.click(trigger);
    expect(choice(new RegExp(words.study.windowOwn)).getAttribute('aria-checked')).toBe('true');
    await user.click(choice(new RegExp(words.study.windowOwn)));
    expect(onOwn).toHaveBeenCalledWith(0);
    await user.click(trigger);
    expect(within(screen.getByRole('menu')).getAllByRole('menuitemradio')).toHaveLength(1);
    await user.click(screen.getByRole('menuitem', { name: words.study.windowReset }));
    expect(onReset).toHaveBeenCalledOnce();
  });

  it('every window and LUT of the image is offered by its name or number, and says which is in force', async () => {
    const own: OwnWindow[] = [
      { ...SOFT, explanation: 'SOFT' },
      { number: 1, explanation: '', window: { center: 0.5, width: 0.25 } },
      { number: 2, explanation: 'GAMMA', window: undefined },
      { number: 3, explanation: '', window: undefined },
    ];
    const { user, words, trigger, onOwn } = await open({ ...CT, window: undefined, lut: 'GAMMA', own, chosenOwn: 2 }, 'DX');
    await user.click(trigger);
    const offered = within(screen.getByRole('menu')).getAllByRole('menuitemradio');
    expect(offered.map(({ textContent }) => textContent)).toEqual([
      'SOFT700 / 300',
      `${say(words.study.windowOwnNumber, { number: 2 })}0.25 / 0.5`,
      'GAMMALUT',
      `${say(words.study.lutOwnNumber, { number: 2 })}LUT`,
    ]);
    expect(offered.map((one) => one.getAttribute('aria-checked'))).toEqual(['false', 'false', 'true', 'false']);
    await user.click(offered[3] as HTMLElement);
    expect(onOwn).toHaveBeenCalledWith(3);
  });

  it('a preset that is in force is said to be', async () => {
    const { user, words, trigger } = await open({ ...CT, own: [SOFT] }, 'CT');
    await user.click(trigger);
    expect(choice(new RegExp(words.preset.abdomen)).getAttribute('aria-checked')).toBe('true');
  });
});
