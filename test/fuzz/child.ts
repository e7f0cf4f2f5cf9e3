/** The process in which inputs are read or decoded; see `child-session.ts`. `fork(child.ts, ['reader' | 'codec'])`. */
import { gunzipSync } from 'node:zlib';
import { createCodec, type RenderRequest } from '../../gateway/codec/threads/codec.ts';
import { HEADER_READS_MAX } from '../../gateway/dicom/parse/header-budget.ts';
import { bufferAccess } from '../../gateway/dicom/parse/part10.ts';
import { DomainError, type ErrorKind } from '../../gateway/domain/errors.ts';
import { describeObject } from '../../gateway/ingest/describe.ts';
import { RSS_BYTES_MAX } from '../fixtures/servers/watched-gateway.ts';
import type { ChildReply } from './child-session.ts';
import type { FuzzInput } from './target.ts';

/** What may be said of a frame: that it is wrong, foreign or too much. */
const FORESEEN: ReadonlySet<ErrorKind> = new Set(['invalid', 'unsupported', 'too-large', 'busy', 'unavailable']);
/** Beside the reads of a header those of a frame index, a page each. */
const READS_MAX = 2 * HEADER_READS_MAX;

const codec = process.argv[2] === 'codec' ? createCodec({ workers: 1 }) : undefined;

process.on('message', (input: FuzzInput) => {
  void (codec === undefined ? readProblems(input) : frameProblems(input)).then((problems) => {
    const { rss } = process.memoryUsage();
    const reply: ChildReply = { problems: rss > RSS_BYTES_MAX ? [...problems, `RSS came to ${rss} bytes`] : problems };
    process.send?.(reply);
  });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ problems: [] });

async function readProblems({ parts: [bytes = Buffer.alloc(0)] }: FuzzInput): Promise<readonly string[]> {
  const problems: string[] = [];
  const plain = bufferAccess(bytes);
  let reads = 0;
  const read = async (offset: number, length: number) => {
    reads += 1;
    if (!(offset >= 0 && length >= 0)) problems.push(`reads ${length} bytes at ${offset}`);
    return plain.read(offset, length);
  };
  try {
    const described = await describeObject({ bytes: bytes.length, read });
    if (described.kind === 'unreadable') {
      if (described.reason === 'reader-failed') problems.push(`the reader threw ${told(described.cause)}`);
    } else {
      JSON.parse(gunzipSync(described.metadataGzip).toString('utf8'));
      JSON.stringify([described.study, described.series, described.instance, described.frames]);
    }
  } catch (thrown) {
    problems.push(`describeObject threw ${told(thrown)}`);
  }
  if (reads > READS_MAX) problems.push(`${reads} reads of ${bytes.length} bytes`);
  return problems;
}

async function frameProblems({ parts: [text, bytes = Buffer.alloc(0)] }: FuzzInput): Promise<readonly string[]> {
  const problems: string[] = [];
  const request = { ...(JSON.parse(String(text)) as RenderRequest), bytes };
  const attempt = async (name: string, work: () => Promise<string | undefined>) => {
    try {
      const problem = await work();
      if (problem !== undefined) problems.push(`${name}: ${problem}`);
    } catch (thrown) {
      if (!(thrown instanceof DomainError && FORESEEN.has(thrown.kind))) problems.push(`${name} threw ${told(thrown)}`);
    }
  };
  await attempt('decode', async () => {
    const {
      rows,
      columns,
      samplesPerPixel,
      bitsAllocated,
      photometricInterpretation,
      bytes: decoded,
    } = await (codec as NonNullable<typeof codec>).decodeFrame(request);
    const subsampled = /_42[02]$/.test(photometricInterpretation);
    const expected = Math.ceil((rows * columns * samplesPerPixel * bitsAllocated) / 8);
    return decoded.length === expected || subsampled
      ? undefined
      : `${decoded.length} bytes for ${rows} × ${columns} × ${samplesPerPixel} × ${bitsAllocated}`;
  });
  await attempt('render', async () => {
    const picture = await (codec as NonNullable<typeof codec>).renderFrame(request, { format: 'image/jpeg', quality: 80 } as never);
    return picture[0] === 0xff && picture[1] === 0xd8 ? undefined : 'no JPEG';
  });
  return problems;
}

function told(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const deeper = thrown.cause === undefined ? '' : ` caused by ${told(thrown.cause)}`;
  return `${(thrown.stack ?? String(thrown)).split('\n').slice(0, 4).join(' ').slice(0, 700)}${deeper}`;
}
