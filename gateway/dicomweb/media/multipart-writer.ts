import { randomUUID } from 'node:crypto';
import type { ByteStream } from '../../domain/byte-stream.ts';

export interface OutgoingPart {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ByteStream | Uint8Array;
}

export function newBoundary(): string {
  return `renkei-${randomUUID()}`;
}

/** `multipart/related`, RFC 2387, as PS3.18 8.6.1 asks for it. `type` names the media type of the parts. */
export function multipartRelated(type: string, boundary: string): string {
  return `multipart/related; type="${type}"; boundary=${boundary}`;
}

/** The body, RFC 2046 5.1.1. A part's stream is opened when its turn comes, before its header is written. */
export async function* writeMultipart(boundary: string, parts: AsyncIterable<OutgoingPart>): AsyncGenerator<Uint8Array> {
  let lineEnd = '';
  for await (const { headers, body } of parts) {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    yield Buffer.from(`${lineEnd}--${boundary}\r\n${lines.join('')}\r\n`, 'latin1');
    if (body instanceof Uint8Array) yield body;
    else yield* body;
    lineEnd = '\r\n';
  }
  yield Buffer.from(`${lineEnd}--${boundary}--\r\n`, 'latin1');
}
