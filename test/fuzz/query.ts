import { rawHttp } from '../fixtures/raw-request.ts';
import type { SeededRandom } from '../fixtures/seeded-random.ts';
import { startWatchedGateway } from '../fixtures/servers/watched-gateway.ts';
import { mutated, pick } from './bytes.ts';
import { answerProblems } from './http-answers.ts';
import { seedFiles } from './seed-files.ts';
import type { FuzzInput, FuzzTarget } from './target.ts';

/** Addresses of every door: QIDO-RS searches, WADO-RS and WADO-URI retrievals, the application API; with and without a sign-in. */
export const query: FuzzTarget = {
  name: 'query',
  make,
  async open() {
    const watched = await startWatchedGateway();
    const { hospital } = watched.region;
    for (const { file } of seedFiles().slice(0, 12))
      await hospital.fetch('/dicom-web/studies', {
        method: 'POST',
        headers: { 'content-type': 'application/dicom' },
        body: new Uint8Array(file),
      });
    return {
      lanes: 6,
      async try({ parts: [text] }) {
        const { method, target, headers, signedIn } = JSON.parse(String(text)) as Asked;
        const authorization = signedIn ? { authorization: `Bearer ${hospital.token}` } : {};
        const answer = await rawHttp(watched.process.http, { method, target, headers: { ...headers, ...authorization } });
        const problems = answerProblems(`${method} ${target}`, answer);
        return !signedIn && answer.status < 300 && !OPEN.test(target)
          ? [...problems, `${target} was answered ${answer.status} to nobody`]
          : problems;
      },
      check: () => watched.check(),
      figures: () => watched.figures(),
      close: () => watched.close(),
    };
  },
};

interface Asked {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signedIn: boolean;
}

/** What anybody may have: the pages, health and the description of the API. */
const OPEN = /^(?!\/+(api|dicom-web|wado)\b)|openapi\.json|^\/api\/session/;

const UID = '2.25.1';
const PATHS = [
  '/dicom-web/studies',
  '/dicom-web/series',
  '/dicom-web/instances',
  `/dicom-web/studies/${UID}/series`,
  '/api/studies',
  '/api/record',
].concat(
  [`/dicom-web/studies/${UID}/series/${UID}.1/instances`, `/dicom-web/studies/${UID}/metadata`, `/dicom-web/studies/${UID}/rendered`],
  [
    `/dicom-web/studies/${UID}/series/${UID}.1/instances/${UID}.1.1/frames/1,2`,
    `/dicom-web/studies/${UID}/series/${UID}.1/instances/${UID}.1.1/rendered`,
  ],
  [`/dicom-web/studies/${UID}/series/${UID}.1/instances/${UID}.1.1/bulkdata/7FE00010`, `/dicom-web/studies/${UID}/thumbnail`, '/wado'],
  [
    `/api/studies/${UID}`,
    `/api/studies/${UID}/shares`,
    '/api/users',
    '/api/quarantine',
    '/api/notices',
    '/api/facilities',
    '/healthz',
    '/',
  ],
);
const KEYS = [
  'StudyDate',
  'StudyTime',
  'PatientName',
  'PatientID',
  'AccessionNumber',
  'ModalitiesInStudy',
  'StudyInstanceUID',
  'SeriesInstanceUID',
].concat(
  [
    'SOPInstanceUID',
    'SOPClassUID',
    '00100010',
    '00080020',
    '0020000D',
    'ReferringPhysicianName',
    'RequestAttributesSequence.ScheduledProcedureStepID',
  ],
  [
    '00400275.00400009',
    'includefield',
    'limit',
    'offset',
    'fuzzymatching',
    'viewport',
    'window',
    'quality',
    'annotation',
    'requestType',
    'objectUID',
  ],
  [
    'studyUID',
    'seriesUID',
    'contentType',
    'frameNumber',
    'transferSyntax',
    'before',
    'q',
    'modality',
    'from',
    'to',
    'sort',
    '__proto__',
    'constructor',
  ],
);
const VALUES = [
  '*',
  '?',
  '',
  '2026*',
  '20260102',
  '20260102-20260105',
  '-20260105',
  '20260102-',
  '29990230',
  '-',
  '--',
  '1000-1800',
  'all',
  'true',
  'maybe',
].concat(
  [
    '0',
    '-1',
    '1e9',
    '99999999999999999999',
    'NaN',
    UID,
    `${UID}\\1.2`,
    `${UID},1.2`,
    'CT\\MR',
    'Abe^Jun',
    '阿部',
    '%',
    '%zz',
    '%00',
    '%ff%fe',
    '\\',
    "' OR 1=1",
  ],
  [
    'a+b+c',
    '100,100',
    '16384,16384',
    '0,0',
    '100,100,0,0,1,1',
    '40,400,linear',
    '40,0,linear',
    'x'.repeat(300),
    '1,1,1,1,1,1',
    '../..',
    '%E3%81%82',
  ],
);
const ACCEPTS = [
  '*/*',
  'application/dicom+json',
  'application/json',
  'multipart/related; type="application/dicom"; transfer-syntax=*',
  'image/jpeg',
].concat([
  'multipart/related; type="application/octet-stream"',
  'image/png;q=0',
  'text/html',
  '',
  ';',
  'a',
  'multipart/related; type="image/*"',
]);
const METHODS = ['GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT', 'PATCH', 'POST'];

function make(random: SeededRandom): FuzzInput {
  const kind = pick(random, ['parameters', 'parameters', 'parameters', 'path', 'accept', 'bytes'] as const);
  const pairs = Array.from({ length: random.below(4) }, () => `${pick(random, KEYS)}=${pick(random, VALUES)}`);
  let target = `${pick(random, PATHS)}${pairs.length === 0 ? '' : '?'}${pairs.join('&')}`;
  if (kind === 'path') target = oddPath(random, target);
  if (kind === 'bytes') target = `/${written(mutated(random, Buffer.from(target.slice(1))))}`;
  const accept = pick(random, kind === 'accept' ? ACCEPTS : ['*/*']);
  const headers = { accept: random.below(4) === 0 ? written(mutated(random, Buffer.from(accept))) : accept, ...rangeOf(random) };
  const asked: Asked = { method: pick(random, METHODS), target, headers, signedIn: random.below(5) > 0 };
  return { kind, parts: [Buffer.from(JSON.stringify(asked))] };
}

/** Anything but what would end the line or the header. */
const written = (bytes: Buffer) => bytes.toString('latin1').replace(/[\r\n\0 ]/g, '_');

function oddPath(random: SeededRandom, target: string): string {
  const pieces = target.split('/');
  pieces[1 + random.below(pieces.length - 1)] = pick(random, [
    '',
    '..',
    '.',
    '%2e%2e',
    '%00',
    '%2f',
    ' '.trim(),
    '1.2.3',
    '9'.repeat(19),
    'NaN',
    '%',
    '\\',
    '*',
    ';',
    '%E0%A4%A',
  ]);
  return pick(random, ['', '/', '//', '/./'] as const) + pieces.join('/').replace(/^\//, '') || '/';
}

function rangeOf(random: SeededRandom): Readonly<Record<string, string>> {
  if (random.below(6) > 0) return {};
  return {
    range: pick(random, ['bytes=0-0', 'bytes=-1', 'bytes=5-1', 'bytes=0-99999999999999999999', 'bytes=0-1,3-4', 'frames=1', 'bytes=']),
  };
}
