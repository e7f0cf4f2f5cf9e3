import type { SeededRandom } from '../fixtures/seeded-random.ts';
import { mutated, noise, pick } from './bytes.ts';
import { openChild } from './child-session.ts';
import { oddDataSet } from './data-set.ts';
import { seedFiles } from './seed-files.ts';
import type { FuzzInput, FuzzTarget } from './target.ts';

/** Objects as the receiver reads them: header, identity, frame index, metadata. */
export const reader: FuzzTarget = { name: 'reader', make, open: () => openChild('reader') };

function make(random: SeededRandom): FuzzInput {
  const files = seedFiles();
  const one = pick(random, files);
  const meta = one.file.subarray(0, one.file.length - one.dataSet.length);
  const kind = pick(random, ['data-set', 'data-set', 'data-set', 'data-set', 'file', 'file', 'file', 'bare', 'meta', 'noise'] as const);
  switch (kind) {
    case 'data-set':
      return { kind, parts: [Buffer.concat([meta, oddDataSet(random, one.dataSet)])] };
    case 'file':
      return { kind, parts: [mutated(random, one.file, pick(random, files).file)] };
    case 'bare':
      return { kind, parts: [random.below(2) === 0 ? oddDataSet(random, one.dataSet) : mutated(random, one.dataSet)] };
    case 'meta':
      return { kind, parts: [Buffer.concat([meta.subarray(0, 132), mutated(random, meta.subarray(132)), one.dataSet])] };
    case 'noise':
      return { kind, parts: [random.below(2) === 0 ? noise(random, 4_000) : Buffer.concat([meta, noise(random, 4_000)])] };
  }
}
