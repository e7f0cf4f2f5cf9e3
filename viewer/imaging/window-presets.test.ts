import { describe, expect, it } from 'vitest';
import { presetsFor } from './window-presets.ts';

describe('windows', () => {
  it('CT has its presets, others none', () => {
    expect(presetsFor('CT').map(({ name }) => name)).toContain('lung');
    expect(presetsFor('MR')).toEqual([]);
  });
});
