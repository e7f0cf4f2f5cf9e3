/**
 * The few system calls the drivers make, as promises over plain descriptors. node:fs/promises does the same through FileHandle objects,
 * which cost about twice the CPU a call; an object of half a megabyte takes a dozen calls, so it shows.
 */
import * as fs from 'node:fs';

type Callback<Value> = (error: NodeJS.ErrnoException | null, value?: Value) => void;

function call<Value = void>(run: (done: Callback<Value>) => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    run((error, value) => (error ? reject(error) : resolve(value as Value)));
  });
}

export const openFile = (path: string, flags: number): Promise<number> => call((done) => fs.open(path, flags, 0o640, done));
export const closeFile = (fd: number): Promise<void> => call((done) => fs.close(fd, done));
/** Of an open descriptor: answered from memory in about 2 µs, a tenth of what the thread pool's round trip costs. */
export const statFile = (fd: number): fs.Stats => fs.fstatSync(fd);
export const syncFile = (fd: number): Promise<void> => call((done) => fs.fdatasync(fd, done));
export const linkFile = (from: string, to: string): Promise<void> => call((done) => fs.link(from, to, done));
export const renameFile = (from: string, to: string): Promise<void> => call((done) => fs.rename(from, to, done));
export const unlinkFile = (path: string): Promise<void> => call((done) => fs.unlink(path, done));
export const makeFolder = (path: string): Promise<void> => call((done) => fs.mkdir(path, 0o750, done));

/** Writes all of `bytes` at `position`, however many calls that takes. */
export async function writeAll(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const written = await call<number>((callback) => fs.write(fd, bytes, done, bytes.length - done, position + done, callback));
    // A write of 0 bytes without an error would make this loop endless.
    if (written === 0) throw Object.assign(new Error('write took no bytes'), { code: 'EIO' });
    done += written;
  }
}

/** Reads exactly `length` bytes at `position`, to the beginning of `into` when that is given. @throws EIO when the file is shorter. */
export async function readExactly(fd: number, length: number, position: number, into?: Uint8Array): Promise<Buffer> {
  const bytes = into === undefined ? Buffer.allocUnsafeSlow(length) : Buffer.from(into.buffer, into.byteOffset, length);
  let done = 0;
  while (done < length) {
    const got = await call<number>((callback) => fs.read(fd, bytes, done, length - done, position + done, callback));
    if (got === 0) throw Object.assign(new Error('file is shorter than it was'), { code: 'EIO' });
    done += got;
  }
  return bytes;
}

/** The same at once: for bytes that the system has in its memory. Undefined when the file is shorter. */
export function readNow(fd: number, length: number, position: number, into: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(into.buffer, into.byteOffset, length);
  return fs.readSync(fd, bytes, 0, length, position) === length ? bytes : undefined;
}

/** Makes names added to or taken from a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const fd = await openFile(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    await call((done) => fs.fsync(fd, done));
  } finally {
    fs.closeSync(fd); // nothing was written through it, so nothing can wait
  }
}
