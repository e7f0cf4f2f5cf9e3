import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NO_LOG } from '../../domain/operation/log.ts';
import type { RefusedEntry } from '../../domain/record/audit.ts';
import { createRefusalRecorder, REFUSAL_REPEATS_MS, REFUSALS_A_MINUTE_AND_ADDRESS_MAX, REFUSALS_A_MINUTE_MAX } from './record-refusal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function recorder(fails = () => false) {
  const written: RefusedEntry[] = [];
  const audit = {
    append: async (entries: readonly RefusedEntry[]) => {
      if (fails()) throw new Error('away');
      written.push(...entries);
    },
  };
  return { written, ...createRefusalRecorder({ audit, log: NO_LOG, monotonicMs: () => Date.now() }) };
}

const refusal = (remoteAddress: string, asked: string, aeTitle?: string): RefusedEntry => ({
  action: 'access-refused',
  outcome: 'refused',
  who: { kind: 'anonymous', ...(aeTitle === undefined ? {} : { aeTitle }) },
  remoteAddress,
  what: { asked },
});

describe('refusals', () => {
  test('of one kind are one entry at once, and one with how often it came again', async () => {
    const { refused, written } = recorder();
    for (let n = 0; n < 50; n++) await refused(refusal('192.0.2.1', 'token'));
    await refused(refusal('192.0.2.2', 'token'));
    expect(written).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(REFUSAL_REPEATS_MS * 2);
    expect(written.slice(2)).toEqual([{ ...refusal('192.0.2.1', 'token'), what: { asked: 'token', count: 49 } }]);
  });

  test('of ever new kinds from one address stop at a bound and are counted; others still come through', async () => {
    const { refused, written, stop } = recorder();
    for (let n = 0; n < 500; n++) await refused(refusal('192.0.2.1', 'AE', `AE${n}`));
    expect(written).toHaveLength(REFUSALS_A_MINUTE_AND_ADDRESS_MAX);
    await refused(refusal('192.0.2.2', 'AE', 'OTHER'));
    expect(written.at(-1)).toMatchObject({ who: { aeTitle: 'OTHER' } });
    await stop();
    expect(written.at(-1)).toMatchObject({
      who: { kind: 'anonymous' },
      what: { asked: 'AE', count: 500 - REFUSALS_A_MINUTE_AND_ADDRESS_MAX },
    });
  });

  test('from everywhere are bounded a minute', async () => {
    const { refused, written } = recorder();
    for (let n = 0; n < 2_000; n++) await refused(refusal(`192.0.2.${n}`, 'token'));
    expect(written).toHaveLength(REFUSALS_A_MINUTE_MAX);
    await vi.advanceTimersByTimeAsync(60_000);
    await refused(refusal('198.51.100.1', 'token'));
    expect(written.at(-1)).toMatchObject({ remoteAddress: '198.51.100.1' });
  });

  test('are written at the end, and what cannot be written keeps nobody', async () => {
    let away = false;
    const { refused, append, written, stop } = recorder(() => away);
    await refused(refusal('192.0.2.1', 'csrf'));
    await refused(refusal('192.0.2.1', 'csrf'));
    away = true;
    await refused(refusal('192.0.2.3', 'csrf'));
    await expect(append([refusal('192.0.2.4', 'study.view')])).rejects.toThrow('away');
    away = false;
    await append([refusal('192.0.2.4', 'study.view')]);
    expect(written.at(-1)).toMatchObject({ remoteAddress: '192.0.2.4' });
    await stop();
    expect(written.at(-1)).toMatchObject({ what: { asked: 'csrf', count: 1 } });
  });
});
