import { expect, it } from 'vitest';
import { isShortage } from './shortage.ts';

const coded = (code: string) => Object.assign(new Error('no'), { code });

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (thrown) {
    return thrown;
  }
}

it.each([
  ['memory that the system does not give', thrownBy(() => new ArrayBuffer(2 ** 45)), true],
  ['a file system without memory', coded('ENOMEM'), true],
  ['zlib without memory', coded('Z_MEM_ERROR'), true],
  ['a thread that gets no memory', coded('ERR_WORKER_INIT_FAILED'), true],
  ['a stream that is wrong', coded('Z_DATA_ERROR'), false],
  ['a heap that the task itself filled', coded('ERR_WORKER_OUT_OF_MEMORY'), false],
  ['a length that cannot be', thrownBy(() => new Array(-1)), false],
  ['anything else', 'Array buffer allocation failed', false],
])('%s', (_name, thrown, is) => {
  expect(isShortage(thrown)).toBe(is);
});
