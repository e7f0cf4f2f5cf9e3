import { expect, it } from 'vitest';
import { longHead, smallFile } from '../../../test/fixtures/dicom/small-dicom.ts';
import { describeHeader } from './describe.ts';
import { bufferAccess, type RandomAccess } from './random-access.ts';

const small = smallFile({});
/** Longer than what is read of any file at first. */
const PRIVATE_BYTES = 1024 * 1024;
const beforePatient = small.indexOf(Buffer.from([0x10, 0x00, 0x10, 0x00]));
const file = Buffer.concat([
  small.subarray(0, beforePatient),
  longHead(0x0009, 0x1001, 'OB', PRIVATE_BYTES),
  Buffer.alloc(PRIVATE_BYTES),
  small.subarray(beforePatient),
]);
/** The bytes are there; what is done with them fails. */
const failing = (fail: () => never): RandomAccess => ({ ...bufferAccess(file), readSync: fail });

const noMemory = () => {
  try {
    return new ArrayBuffer(2 ** 45);
  } catch (thrown) {
    return thrown;
  }
};

it('what the machine had no memory for says nothing of the bytes: busy', async () => {
  const described = describeHeader(
    failing(() => {
      throw noMemory();
    }),
  );
  await expect(described).rejects.toMatchObject({ kind: 'busy', cause: expect.any(RangeError) });
});

it('what the reader did not foresee is the reason why the bytes are put aside', async () => {
  const described = describeHeader(
    failing(() => {
      throw new TypeError('unforeseen');
    }),
  );
  await expect(described).resolves.toMatchObject({ kind: 'unreadable', reason: 'reader-failed' });
});
