import { describe, expect, it } from 'vitest';
import { ANSWERING_MS, createStreamPace, PIECE_MS_MIN, STREAMED_BYTES_A_MS_MAX } from './stream-pace.ts';

function started() {
  const at = { ms: 0 };
  const rests: { readonly ms: number; readonly over: () => void }[] = [];
  const rest = (ms: number) => new Promise<void>((over) => rests.push({ ms, over }));
  const pace = createStreamPace({ now: () => at.ms, rest });
  const passed: string[] = [];
  const pass = (asker: string, bytes = 0) => void pace.pass(asker, bytes).then(() => passed.push(asker));
  /** Until nothing goes on without a rest that ends. */
  const settled = async () => {
    for (let step = 0; step < 20; step += 1) await Promise.resolve();
  };
  const next = async () => {
    rests.at(-1)?.over();
    await settled();
  };
  return { pace, at, rests, pass, passed, settled, next };
}

describe('the pace of streams', () => {
  it('nobody waits while nobody asks', async () => {
    const { pass, passed, rests, settled } = started();
    for (let n = 0; n < 100; n += 1) pass('a', 1_000_000);
    await settled();
    expect([passed.length, rests.length]).toEqual([100, 0]);
  });

  it('after a question one piece goes on at a time, each asker in turn', async () => {
    const { pace, pass, passed, settled, next } = started();
    pace.asked();
    for (const asker of ['a', 'a', 'a', 'b']) pass(asker);
    await settled();
    expect(passed).toEqual(['a']);
    for (let n = 0; n < 3; n += 1) await next();
    expect(passed).toEqual(['a', 'a', 'b', 'a']);
  });

  it.each([
    ['a small piece', 10, PIECE_MS_MIN],
    ['a large one', 16 * STREAMED_BYTES_A_MS_MAX, 16],
  ])('%s has its time', async (_name, bytes, ms) => {
    const { pace, pass, rests, settled } = started();
    pace.asked();
    pass('a', bytes);
    await settled();
    expect(rests.map((rest) => rest.ms)).toEqual([ms]);
  });

  it('ends a moment after the last question, for those too that wait', async () => {
    const { pace, at, pass, passed, settled, next } = started();
    pace.asked();
    at.ms = ANSWERING_MS - 1;
    for (const asker of ['a', 'a']) pass(asker);
    await settled();
    expect(passed).toEqual(['a']);
    at.ms = ANSWERING_MS;
    pass('b');
    await settled();
    expect(passed).toEqual(['a', 'b']);
    await next();
    expect(passed).toEqual(['a', 'b', 'a']);
  });
});
