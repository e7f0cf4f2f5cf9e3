import { headerThreads, LOOKS } from '../codec/threads/header-threads.ts';
import { TOO_MUCH_HERE } from '../dicom/parse/header-budget.ts';
import { locateValue as locate, type ValueLocation } from '../dicom/parse/part10.ts';
import type { RandomAccess } from '../dicom/parse/random-access.ts';

/**
 * Where a value lies, found here in a small header and in a thread in a large one; see `locateValue` of gateway/dicom/parse/part10.ts.
 * @throws busy, and what the source throws
 */
export async function locateValue(
  source: RandomAccess,
  path: string,
  transferSyntaxUID: string,
  signal?: AbortSignal,
): Promise<ValueLocation | undefined> {
  try {
    return await locate(source, path, { transferSyntaxUID, here: true });
  } catch (thrown) {
    if (thrown !== TOO_MUCH_HERE) throw thrown;
  }
  return headerThreads().locate(source, path, transferSyntaxUID, LOOKS, signal);
}
