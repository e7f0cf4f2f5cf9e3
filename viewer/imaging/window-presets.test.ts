import { describe, expect, it } from 'vitest';
import { ownWindows, presetsFor, rangeToWindow, windowToRange } from './window-presets.ts';

describe('windows', () => {
  it.each([[{ center: 40, width: 400 }], [{ center: -600, width: 1500 }], [{ center: 0.5, width: 1 }]])(
    '%j goes to a range and back',
    (window) => {
      expect(rangeToWindow(windowToRange(window))).toEqual(window);
    },
  );
  it('follows PS3.3 C.11.2.1.2.1', () => {
    expect(windowToRange({ center: 2048, width: 4096 })).toEqual({ lower: 0, upper: 4095 });
  });
  it('CT has its presets, others none', () => {
    expect(presetsFor('CT').map(({ name }) => name)).toContain('lung');
    expect(presetsFor('MR')).toEqual([]);
  });
  it('reads the image’s own windows once each, and none that is no window', () => {
    const metadata = {
      '00281050': { Value: [40, '80', 40, 10] },
      '00281051': { Value: [400, '2000', 400, 0] },
      '00281055': { Value: ['SOFT', 'BONE'] },
    };
    expect(ownWindows(metadata)).toEqual([
      { window: { center: 40, width: 400 }, explanation: 'SOFT' },
      { window: { center: 80, width: 2000 }, explanation: 'BONE' },
    ]);
    expect(ownWindows({})).toEqual([]);
  });
});
