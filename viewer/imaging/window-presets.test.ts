import { describe, expect, it } from 'vitest';
import { ownWindows, presetsFor } from './window-presets.ts';

describe('windows', () => {
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
