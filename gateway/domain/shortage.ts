/** What a program is told, under many names, when the machine has no more memory or threads to give. It says nothing about what was being read. */
const CODES: ReadonlySet<unknown> = new Set([
  'ENOMEM',
  'ERR_MEMORY_ALLOCATION_FAILED',
  'ERR_WORKER_INIT_FAILED',
  'ERR_ZLIB_INITIALIZATION_FAILED',
  'Z_MEM_ERROR',
]);
/** Of V8, which has no code for it: memory outside of its heap, which our bounds keep far below what it could address. */
const MESSAGES = /^(Array buffer allocation failed|WebAssembly\.\w+\(\): could not allocate memory|WebAssembly\.\w+\(\): Out of memory)/;

export function isShortage(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return ('code' in thrown && CODES.has(thrown.code)) || (thrown instanceof RangeError && MESSAGES.test(thrown.message));
}
