import { type RawAnswer, rawHttp } from '../fixtures/raw-request.ts';
import type { SeededRandom } from '../fixtures/seeded-random.ts';
import { startWatchedGateway, type WatchedGateway } from '../fixtures/servers/watched-gateway.ts';
import { mutated, noise, pick } from './bytes.ts';
import { oddDataSet } from './data-set.ts';
import { answerProblems } from './http-answers.ts';
import { seedFiles } from './seed-files.ts';
import type { FuzzInput, FuzzTarget } from './target.ts';

/** Bodies of STOW-RS and of the upload page: what is in the files, what is around them, what the headers say of them. */
export const stow: FuzzTarget = {
  name: 'stow',
  make,
  async open() {
    const watched = await startWatchedGateway();
    return {
      lanes: 6,
      try: (input) => store(watched, input),
      check: () => watched.check(),
      figures: () => watched.figures(),
      close: () => watched.close(),
    };
  },
};

interface Sent {
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

const BOUNDARY = 'fuzz';
const MULTIPART = `multipart/related; type="application/dicom"; boundary=${BOUNDARY}`;
const CONTENT_TYPES = [
  MULTIPART,
  'multipart/related',
  'multipart/related; boundary=""',
  'application/dicom',
  'application/dicom+json',
  '',
].concat(
  [
    `multipart/related;type=application/dicom;boundary="${BOUNDARY}"`,
    `Multipart/Related; boundary=${BOUNDARY}; boundary=x`,
    'a/b; ="',
    '\u00ff',
  ],
  [`multipart/form-data; boundary=${BOUNDARY}`, `multipart/related; type="application/dicom+json"; boundary=${BOUNDARY}`],
);
const ENCODINGS = ['gzip', 'deflate', 'br', 'identity', 'gzip, gzip', 'x'];

function make(random: SeededRandom): FuzzInput {
  const files = seedFiles();
  const one = pick(random, files);
  const kind = pick(random, [
    'data-set',
    'data-set',
    'data-set',
    'file',
    'file',
    'multipart',
    'multipart',
    'headers',
    'upload',
    'noise',
  ] as const);
  const meta = one.file.subarray(0, one.file.length - one.dataSet.length);
  const odd = () => Buffer.concat([meta, oddDataSet(random, one.dataSet)]);
  const changed = () => mutated(random, one.file, pick(random, files).file);
  const to = (sent: Partial<Sent>, body: Buffer): FuzzInput => {
    const { target = '/dicom-web/studies', headers = { 'content-type': MULTIPART } } = sent;
    return { kind, parts: [Buffer.from(JSON.stringify({ target, headers })), body] };
  };
  switch (kind) {
    case 'data-set':
      return to({}, multipart([odd()]));
    case 'file':
      return to({}, multipart([changed()]));
    case 'multipart':
      return to({}, mutated(random, multipart([one.file, pick(random, files).file]), multipart([Buffer.from(`\r\n--${BOUNDARY}--`)])));
    case 'headers': {
      const encoding = random.below(3) === 0 ? { 'content-encoding': pick(random, ENCODINGS) } : {};
      const type = random.below(3) === 0 ? mutated(random, Buffer.from(MULTIPART)).toString('latin1') : pick(random, CONTENT_TYPES);
      const study = pick(random, ['', '/1.2.3', '/..', '/%00', '/2.25.1', `/${'9'.repeat(80)}`]);
      return to({ target: `/dicom-web/studies${study}`, headers: { 'content-type': oneLine(type), ...encoding } }, multipart([one.file]));
    }
    case 'upload':
      return to(
        { target: '/api/uploads/file', headers: { 'content-type': 'application/octet-stream' } },
        random.below(2) === 0 ? odd() : changed(),
      );
    case 'noise':
      return to({}, random.below(2) === 0 ? noise(random, 2_000) : multipart([noise(random, 2_000)]));
  }
}

const oneLine = (text: string) => text.replace(/[\r\n]/g, ' ');

function multipart(files: readonly Buffer[]): Buffer {
  const parts = files.flatMap((file) => [
    Buffer.from(`--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`),
    file,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

async function store({ process, region }: WatchedGateway, { parts: [sent, body] }: FuzzInput): Promise<readonly string[]> {
  const { target, headers } = JSON.parse(String(sent)) as Sent;
  const authorization = `Bearer ${region.hospital.token}`;
  const answer = await rawHttp(process.http, {
    method: 'POST',
    target,
    headers: { ...headers, authorization },
    body: body ?? Buffer.alloc(0),
  });
  const problems = [...answerProblems(target, answer)];
  for (const path of retrieveUrls(answer)) {
    for (const look of ['/metadata', '/frames/1', '/rendered', '/thumbnail', '']) {
      const accept = look === '' ? { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' } : {};
      const seen = await rawHttp(process.http, { target: `${path}${look}`, headers: { ...accept, authorization } });
      problems.push(...answerProblems(`${path}${look}`, seen));
      // What was acknowledged is there.
      if (look === '' && seen.status !== 200) problems.push(`${path} was stored and is answered ${seen.status}`);
    }
  }
  return problems;
}

/** Retrieve URLs of what a Store Instances Response says is kept. PS3.18 table I.1-1. */
function retrieveUrls({ status, body }: RawAnswer): string[] {
  if (status !== 200 && status !== 202) return [];
  const text = body.toString('utf8');
  return [...text.matchAll(/"(?:https?:\/\/[^/"]+)(\/dicom-web\/studies\/[^"]+\/instances\/[^"]+)"/g)]
    .map((match) => match[1] as string)
    .slice(0, 2);
}
