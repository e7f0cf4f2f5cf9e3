/**
 * Objects in a bucket. Staged in a local spool, sent with their digest, looked at once more, and only then acknowledged.
 * The server makes a name visible when the object is whole, so a name that exists is whole here too.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { ByteStream } from '../../gateway/domain/byte-stream.ts';
import { DomainError } from '../../gateway/domain/errors.ts';
import type { ObjectKey, Sha256 } from '../../gateway/domain/identifiers.ts';
import type { ByteRange, CommitOutcome, ObjectStore, StagedObject } from '../../gateway/domain/imaging/object-store.ts';
import { readExactly, unlinkFile } from './fs-calls.ts';
import { fromFileSystem } from './fs-errors.ts';
import { checkBytes, checkImmutable, checkKey, checkRange, namesDigest, sha256Of } from './key-check.ts';
import { IDLE_TIMEOUT_MS, type S3Address, S3Requests, s3CodeOf, timeout } from './s3-requests.ts';
import { openSpool, type Spool, type SpooledBytes, SpooledObject, STAGES_MAX } from './spool.ts';

/** Larger objects go up in parts, each retried by itself; smaller ones in one request. */
export const MULTIPART_ABOVE_BYTES = 16 * 1024 * 1024;
export const PART_BYTES = 8 * 1024 * 1024;
/** S3's own bound; a larger object gets larger parts. */
export const PARTS_MAX = 10_000;
/** An upload of a process that cannot be looked up from here is given up after this. */
export const FOREIGN_UPLOAD_IDLE_MS = 24 * 3600 * 1000;
/** Beside the stage, from before its upload in parts begins until it ends: what to abort should this process die. */
const UPLOAD_NOTE = '.upload';
const PROBE_NAME = 'probe';

export interface S3ObjectsOptions extends S3Address {
  /** Put before every key, '' for none. */
  readonly prefix: string;
  /** Local folder for what is on its way in. Made when absent. */
  readonly stagingFolder: string;
  readonly stagesMax?: number;
  readonly attemptsMax?: number;
  readonly idleTimeoutMs?: number;
}

/** Does not speak to the server: a gateway may start before its store does, and `probe` says so. @throws invalid, unavailable (staging folder) */
export async function openS3Objects(options: S3ObjectsOptions): Promise<ObjectStore> {
  const requests = new S3Requests(options, {
    ...(options.attemptsMax === undefined ? {} : { attemptsMax: options.attemptsMax }),
    ...(options.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: options.idleTimeoutMs }),
  });
  const prefix = options.prefix === '' ? '' : `${options.prefix.replace(/\/+$/, '')}/`;
  if (prefix !== '') checkKey(prefix.slice(0, -1));
  const spool = await openSpool(options.stagingFolder, options.stagesMax ?? STAGES_MAX);
  return new S3Objects(requests, spool, options.bucket, prefix, options.idleTimeoutMs ?? IDLE_TIMEOUT_MS);
}

class S3Objects implements ObjectStore {
  readonly #requests: S3Requests;
  readonly #spool: Spool;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #idleTimeoutMs: number;
  /** False once the server said it knows no If-None-Match on PUT: then a look before takes its place. */
  #conditional = true;
  readonly #uploads = new Set<string>();

  constructor(requests: S3Requests, spool: Spool, bucket: string, prefix: string, idleTimeoutMs: number) {
    this.#requests = requests;
    this.#spool = spool;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#idleTimeoutMs = idleTimeoutMs;
  }

  async stage(signal?: AbortSignal): Promise<StagedObject> {
    signal?.throwIfAborted();
    return new SpooledObject(this.#spool.open('stage'), (spooled, key, how) => this.#commit(spooled, key, how));
  }

  async put(key: ObjectKey, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    checkKey(key);
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sha256 = createHash('sha256').update(body).digest('hex') as Sha256;
    checkImmutable(key, sha256);
    await this.#requests.run('cannot store an object', () => this.#send(key, body, sha256, {}), signal);
    await this.#verify(key, body.length, signal);
  }

  async get(key: ObjectKey, range?: ByteRange, signal?: AbortSignal): Promise<ByteStream> {
    checkKey(key);
    if (range) checkRange({ offset: range.offset, length: range.length }, Number.MAX_SAFE_INTEGER);
    if (range?.length === 0) {
      checkRange(range, await this.#sizeOf(key, signal));
      return nothing();
    }
    const response = await this.#requests
      .run('cannot read an object', () => this.#request(key, range), signal)
      .catch((error: unknown) => {
        // 416: the object ends before the range begins.
        if (range?.of === undefined || !(error instanceof DomainError) || error.kind !== 'invalid') throw error;
        throw new DomainError('damaged', `an object of ${range.of} bytes ends early`, { cause: error });
      });
    const total = Number(range ? response.headers['content-range']?.split('/')[1] : response.headers['content-length']);
    try {
      if (!Number.isSafeInteger(total)) throw new DomainError('unavailable', 'the S3 server did not say how long an object is');
      const { length } = checkRange(range, total);
      return new ResponseStream(response, length, this.#requests, this.#idleTimeoutMs, signal);
    } catch (error) {
      response.destroy();
      throw error;
    }
  }

  async read(key: ObjectKey, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.get(key, range, signal)) chunks.push(chunk);
    const bytes = chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
    checkBytes(range, bytes);
    return bytes;
  }

  async head(key: ObjectKey, signal?: AbortSignal): Promise<{ readonly bytes: number } | undefined> {
    checkKey(key);
    try {
      return { bytes: await this.#sizeOf(key, signal) };
    } catch (error) {
      if (error instanceof DomainError && error.kind === 'not-found') return undefined;
      throw error;
    }
  }

  async remove(key: ObjectKey, signal?: AbortSignal): Promise<void> {
    checkKey(key);
    await this.#requests.run('cannot remove an object', () => this.#requests.client.removeObject(this.#bucket, this.#prefix + key), signal);
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<{ readonly key: ObjectKey; readonly bytes: number }> {
    const { client } = this.#requests;
    let token = '';
    do {
      // One page at a time, so that a page can be retried and a slow consumer holds no more than one.
      const page = await this.#requests.run(
        'cannot list objects',
        () => client.listObjectsV2Query(this.#bucket, this.#prefix + prefix, token, '', LIST_PAGE, ''),
        signal,
      );
      for (const item of page.objects) {
        signal?.throwIfAborted();
        if (item.name !== undefined) yield { key: item.name.slice(this.#prefix.length) as ObjectKey, bytes: item.size };
      }
      token = page.isTruncated ? page.nextContinuationToken : '';
    } while (token !== '');
  }

  async probe(signal?: AbortSignal): Promise<void> {
    const key = `${PROBE_NAME}/${process.pid}-${Math.random().toString(36).slice(2)}` as ObjectKey;
    await this.put(key, PROBE, signal);
    try {
      if (!PROBE.equals(await this.read(key, undefined, signal)))
        throw new DomainError('unavailable', 'the S3 server returned other bytes than were written');
    } finally {
      await this.remove(key);
    }
  }

  /** Also aborts the unfinished multipart uploads of dead processes: they take space that no list shows. */
  async sweepStaged(): Promise<number> {
    const swept = await this.#spool.sweep((path, name) => (name.endsWith(UPLOAD_NOTE) ? this.#abortNoted(path) : Promise.resolve()));
    return swept + (await this.#abortForgotten());
  }

  async close(): Promise<void> {
    await this.#spool.close();
    this.#requests.close();
  }

  async #commit(spooled: SpooledBytes, key: ObjectKey, how: 'commit' | 'replace'): Promise<CommitOutcome> {
    checkKey(key);
    const sha256 = await spooled.sha256();
    checkImmutable(key, sha256);
    const outcome = how === 'replace' ? await this.#overwrite(spooled, key, sha256) : await this.#commitUnlessThere(spooled, key, sha256);
    await spooled.end('unlink');
    return outcome;
  }

  async #commitUnlessThere(spooled: SpooledBytes, key: ObjectKey, sha256: Sha256): Promise<CommitOutcome> {
    if (this.#conditional && spooled.bytesWritten <= MULTIPART_ABOVE_BYTES) {
      const body = await wholeOf(spooled);
      const sent = await this.#requests.run('cannot store an object', () => this.#sendConditionally(key, body, sha256));
      if (sent === 'sent') {
        await this.#verify(key, body.length);
        return 'stored';
      }
      if (sent === 'not-supported') this.#conditional = false;
    }
    // `exists` is also the answer to a retry whose first try had arrived after all.
    const existing = await this.head(key);
    if (existing === undefined) return this.#overwrite(spooled, key, sha256);
    if (!namesDigest(key, sha256)) return 'there';
    if (existing.bytes === spooled.bytesWritten && (await sha256Of(await this.get(key))) === sha256) return 'there';
    await this.#overwrite(spooled, key, sha256);
    return 'mended';
  }

  async #overwrite(spooled: SpooledBytes, key: ObjectKey, sha256: Sha256): Promise<'stored'> {
    if (spooled.bytesWritten > MULTIPART_ABOVE_BYTES) {
      await this.#sendParts(spooled, key);
    } else {
      const body = await wholeOf(spooled);
      await this.#requests.run('cannot store an object', () => this.#send(key, body, sha256, {}));
      await this.#verify(key, body.length);
    }
    return 'stored';
  }

  async #sendConditionally(key: ObjectKey, body: Buffer, sha256: Sha256): Promise<'sent' | 'exists' | 'not-supported'> {
    try {
      await this.#send(key, body, sha256, IF_ABSENT);
      return 'sent';
    } catch (error) {
      const code = s3CodeOf(error);
      if (code === 'PreconditionFailed') return 'exists';
      if (code === 'NotImplemented' || code === 'MethodNotAllowed') return 'not-supported';
      throw error;
    }
  }

  async #send(key: ObjectKey, body: Buffer, sha256: Sha256, headers: Record<string, string>): Promise<void> {
    const response = await this.#requests.client.makeRequestStreamAsync(
      {
        method: 'PUT',
        bucketName: this.#bucket,
        objectName: this.#prefix + key,
        headers: { ...headers, 'Content-Length': String(body.length), 'Content-Type': 'application/octet-stream' },
      },
      body,
      sha256,
      [200],
      '',
    );
    response.resume();
  }

  async #sendParts(spooled: SpooledBytes, key: ObjectKey): Promise<void> {
    const { client } = this.#requests;
    const objectName = this.#prefix + key;
    const fd = await spooled.toFile();
    const partBytes = Math.max(PART_BYTES, Math.ceil(spooled.bytesWritten / PARTS_MAX));
    const note = `${spooled.path}${UPLOAD_NOTE}`;
    let uploadId = '';
    try {
      await writeFile(note, objectName, { mode: 0o600 });
      uploadId = await this.#requests.run('cannot begin to store an object', () =>
        client.initiateNewMultipartUpload(this.#bucket, objectName, { 'Content-Type': 'application/octet-stream' }),
      );
      this.#uploads.add(uploadId);
      const etags: { part: number; etag: string }[] = [];
      for (let offset = 0; offset < spooled.bytesWritten; offset += partBytes) {
        const body = await readExactly(fd, Math.min(partBytes, spooled.bytesWritten - offset), offset);
        const part = etags.length + 1;
        const { etag } = await this.#requests.run('cannot store a part of an object', () =>
          client.uploadPart({ bucketName: this.#bucket, objectName, uploadID: uploadId, partNumber: part, headers: {} }, body),
        );
        etags.push({ part, etag });
      }
      await this.#requests.run('cannot finish storing an object', async () => {
        try {
          await client.completeMultipartUpload(this.#bucket, objectName, uploadId, etags);
        } catch (error) {
          // A first try may have been carried out though its answer was lost; the check of the length below decides.
          if (s3CodeOf(error) !== 'NoSuchUpload') throw error;
        }
      });
      await this.#verify(key, spooled.bytesWritten);
    } catch (error) {
      if (uploadId !== '') await this.#abort(objectName, uploadId).catch(() => undefined); // left to a sweep, which goes by age
      throw fromFileSystem(error, 'cannot store an object');
    } finally {
      this.#uploads.delete(uploadId);
      await unlinkFile(note).catch(() => undefined);
    }
  }

  async #verify(key: ObjectKey, bytes: number, signal?: AbortSignal): Promise<void> {
    const stored = await this.#sizeOf(key, signal).catch((error: unknown) => {
      if (error instanceof DomainError && error.kind === 'not-found') return -1;
      throw error;
    });
    if (stored !== bytes) throw new DomainError('unavailable', `the S3 server keeps ${stored} bytes of an object of ${bytes}`);
  }

  /** @throws not-found */
  #sizeOf(key: ObjectKey, signal?: AbortSignal): Promise<number> {
    const look = async () => {
      const response = await this.#requests.client.makeRequestAsync({
        method: 'HEAD',
        bucketName: this.#bucket,
        objectName: this.#prefix + key,
      });
      response.resume();
      return Number(response.headers['content-length']);
    };
    return this.#requests.run('cannot look at an object', look, signal);
  }

  #request(key: ObjectKey, range: ByteRange | undefined): Promise<IncomingMessage> {
    const headers: Record<string, string> = range ? { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` } : {};
    return this.#requests.client.makeRequestAsync(
      { method: 'GET', bucketName: this.#bucket, objectName: this.#prefix + key, headers },
      '',
      [range ? 206 : 200],
    );
  }

  async #abort(objectName: string, uploadId: string): Promise<void> {
    try {
      await this.#requests.client.abortMultipartUpload(this.#bucket, objectName, uploadId);
    } catch (error) {
      if (s3CodeOf(error) !== 'NoSuchUpload') throw error;
    }
  }

  /**
   * Whatever is unfinished under the noted name, for the process may have died before it was told its upload's id.
   * Should another node be sending the same object at this moment, its sender hears an error and sends again.
   */
  async #abortNoted(path: string): Promise<void> {
    const objectName = await readFile(path, 'utf8').catch(() => '');
    if (objectName !== '') await this.#abortUnfinished(objectName, ({ key }) => key === objectName);
  }

  #abortForgotten(): Promise<number> {
    const before = Date.now() - FOREIGN_UPLOAD_IDLE_MS;
    return this.#abortUnfinished(this.#prefix, ({ initiated }) => new Date(initiated).getTime() < before);
  }

  async #abortUnfinished(prefix: string, isDead: (upload: { readonly key: string; readonly initiated: Date }) => boolean): Promise<number> {
    const { client } = this.#requests;
    let aborted = 0;
    let keyMarker = '';
    let uploadIdMarker = '';
    for (;;) {
      const page = await this.#requests.run('cannot list unfinished uploads', () =>
        client.listIncompleteUploadsQuery(this.#bucket, prefix, keyMarker, uploadIdMarker, ''),
      );
      for (const upload of page.uploads) {
        if (this.#uploads.has(upload.uploadId) || !isDead(upload)) continue;
        await this.#requests.run('cannot abort an upload', () => this.#abort(upload.key, upload.uploadId));
        aborted += 1;
      }
      if (!page.isTruncated) return aborted;
      keyMarker = page.nextKeyMarker;
      uploadIdMarker = page.nextUploadIdMarker;
    }
  }
}

/** The body of an answer. Cut short by the server it is an error, never a short object. */
class ResponseStream implements AsyncIterableIterator<Uint8Array> {
  readonly #response: IncomingMessage;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #requests: S3Requests;
  readonly #idleTimeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #aborted = () => this.#response.destroy();
  #left: number;
  #ended = false;

  constructor(response: IncomingMessage, length: number, requests: S3Requests, idleTimeoutMs: number, signal: AbortSignal | undefined) {
    this.#response = response;
    this.#chunks = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    this.#left = length;
    this.#requests = requests;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#signal = signal;
    response.once('error', () => undefined); // told by next(); a consumer that left does not ask
    signal?.addEventListener('abort', this.#aborted, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    try {
      this.#signal?.throwIfAborted();
      if (this.#ended) return { done: true, value: undefined };
      const step = await this.#nextInTime();
      this.#signal?.throwIfAborted();
      if (step.done) {
        this.#end();
        if (this.#left !== 0) throw new DomainError('unavailable', 'the S3 server ended an object early');
        return { done: true, value: undefined };
      }
      this.#left -= step.value.length;
      return step;
    } catch (error) {
      this.#end();
      this.#response.destroy();
      this.#signal?.throwIfAborted();
      throw this.#requests.explain(error, 'cannot read an object');
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#end();
    this.#response.destroy();
    return { done: true, value: undefined };
  }

  /** Timed only while we wait for the server, not while the consumer is slow. */
  async #nextInTime(): Promise<IteratorResult<Uint8Array>> {
    const timer = setTimeout(() => this.#response.destroy(timeout('the S3 server stopped sending')), this.#idleTimeoutMs);
    try {
      return await this.#chunks.next();
    } finally {
      clearTimeout(timer);
    }
  }

  #end(): void {
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#aborted);
  }
}

const IF_ABSENT: Record<string, string> = { 'If-None-Match': '*' };
const LIST_PAGE = 1000;
const PROBE = Buffer.from('renkei probe');

async function wholeOf(spooled: SpooledBytes): Promise<Buffer> {
  const inMemory = spooled.inMemory();
  if (inMemory) return inMemory;
  try {
    return await readExactly(await spooled.toFile(), spooled.bytesWritten, 0);
  } catch (error) {
    throw fromFileSystem(error, 'cannot read a staged object');
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // an empty range of an object
}
