import { describe, expect, it } from 'vitest';
import { THUMBNAILS_AT_ONCE, takeTurn } from './thumbnail-turns.ts';

describe('small pictures', () => {
  it('are asked for so many at a time, in their order; who leaves while he waits takes no turn', () => {
    const begun: number[] = [];
    const leave = Array.from({ length: THUMBNAILS_AT_ONCE + 3 }, (_, n) => takeTurn(() => begun.push(n)));
    const first = Array.from({ length: THUMBNAILS_AT_ONCE }, (_, n) => n);
    expect(begun).toEqual(first);
    leave[THUMBNAILS_AT_ONCE]?.();
    leave[0]?.();
    leave[0]?.();
    expect(begun).toEqual([...first, THUMBNAILS_AT_ONCE + 1]);
    for (const each of leave) each();
    expect(begun).toEqual([...first, THUMBNAILS_AT_ONCE + 1, THUMBNAILS_AT_ONCE + 2]);
    const again: number[] = [];
    const others = Array.from({ length: THUMBNAILS_AT_ONCE + 1 }, (_, n) => takeTurn(() => again.push(n)));
    expect(again).toEqual(first);
    for (const each of others) each();
  });
});
