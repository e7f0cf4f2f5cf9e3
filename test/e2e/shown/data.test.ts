import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isClip } from '../../../gateway/domain/imaging/clip.ts';
import { pixelDescription } from '../../../gateway/domain/imaging/pixel-description.ts';
import { GRAPHICS, PAGE_WAITS_MS } from '../../fixtures/browser.ts';
import { everySharedFile, SHARED_DATA } from '../../fixtures/dicom/shared-data.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type Addressed, addressOf, type WindowShape, windowShapeOf } from '../../fixtures/shown-pixels.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';
import { openSideBySide, type SideBySide } from './side-by-side.ts';

/**
 * Pictures of the shared data stand on the canvas as /rendered gives them: first and last frame, at the window they open with and two others, with WebGL
 * and without. Two browsers go side by side; what one has compared, the other only has to show alike.
 *
 * By itself it takes pictures of each kind (`kindsOf`). All pictures of a part, and every one of each series, or of all parts, which takes long (PARTS or `all`):
 * RENKEI_EVERY_PICTURE=syntaxes,objects npx vitest run test/e2e/shown/data.test.ts
 */
const EVERY_PICTURE = process.env['RENKEI_EVERY_PICTURE'];
const AT_ONCE = 40;
/** Drags of the window tool, screen pixels to the right and down. */
const DRAGS = [
  [60, 20],
  [-90, -30],
] as const;
const PARTS: readonly string[] = ['objects', 'charsets', 'broken', 'series', 'cases', 'syntaxes'];
const ASKED = EVERY_PICTURE === undefined || EVERY_PICTURE === 'all' ? PARTS : EVERY_PICTURE.split(',');
const SETTING_UP_MS = EVERY_PICTURE === undefined ? 120_000 : 1_200_000;
/** Its default window and DRAGS. */
const WINDOWS = 1 + DRAGS.length;
const ALL_KINDS = 'one of each kind';

interface Picture extends Addressed {
  readonly file: string;
  readonly part: string;
  /** Of the first frame and the last. */
  readonly shapes: readonly [WindowShape, WindowShape];
}

let running: RunningRegion;
const pictures: Picture[] = [];
let sides: Awaited<ReturnType<typeof openSideBySide>>;

beforeAll(async () => {
  running = await startSmallRegion('shown-data', { RENKEI_QUIET_SECONDS: '600' });
  const files = await picturesApart();
  const stored = new Set<string>();
  for (let from = 0; from < files.length; from += AT_ONCE) {
    const group = files.slice(from, from + AT_ONCE);
    const multipart = multipartOf(group.map(({ bytes }) => bytes));
    const answer = await running.region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipart });
    const { '00081199': there } = (await answer.json()) as { '00081199'?: { Value: { '00081155': { Value: [string] } }[] } };
    for (const one of there?.Value ?? []) stored.add(one['00081155'].Value[0]);
    pictures.push(...group.filter(({ instance }) => stored.has(instance)).map(({ bytes: _bytes, ...picture }) => picture));
  }
  sides = await openSideBySide(running);
}, SETTING_UP_MS);

afterAll(async () => {
  await sides?.close();
  await running?.close();
});

/** The manifest names those that other decoders could read; of the cases, those with right values. */
function filesWithPictures(): readonly { readonly file: string; readonly path: string; readonly part: string }[] {
  const named = everySharedFile().flatMap(({ file, path, category, frame1 }) =>
    frame1 === undefined ? [] : [{ file, path, part: PARTS.find((name) => category.startsWith(name)) ?? '' }],
  );
  const forged = ['50-forged-lengths', '48-video'];
  const cases = readdirSync(`${SHARED_DATA.folder}cases`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.dcm') && !forged.includes(dirname(name)))
    .map((name) => ({ file: `cases/${name}`, path: `${SHARED_DATA.folder}cases/${name}`, part: 'cases' }));
  return [...named, ...cases].filter(({ part }) => ASKED.includes(part));
}

/** What makes a kind of picture: how its samples are stored, and its transfer syntax. Each with each is compared in test/conformance/viewer-pixels.test.ts. */
function kindsOf({ header, transferSyntaxUID }: Addressed): readonly string[] {
  const { photometricInterpretation, bitsAllocated, pixelRepresentation } = pixelDescription(header) ?? {};
  return [[photometricInterpretation, bitsAllocated, pixelRepresentation].join(' '), transferSyntaxUID];
}

/**
 * Several files are the same instance in another syntax, which the gateway would keep as versions of one: those that follow get a UID of their own, of
 * the same length.
 */
async function picturesApart(): Promise<(Picture & { bytes: Buffer })[]> {
  const known = new Set<string>();
  const kinds = new Set<string>();
  const found: (Picture & { bytes: Buffer })[] = [];
  for (const { file, path, part } of filesWithPictures()) {
    let bytes: Buffer = await readFile(path);
    let address = await addressOf(bytes).catch(() => undefined);
    if (address === undefined || address.instance === '' || pixelDescription(address.header) === undefined) continue;
    const ofKinds = kindsOf(address);
    if (EVERY_PICTURE === undefined && ofKinds.every((kind) => kinds.has(kind))) continue;
    for (const kind of ofKinds) kinds.add(kind);
    for (let turn = 1; known.has(address.instance) && turn < 100; turn += 1) {
      const other = `${address.instance.slice(0, -2)}${String(turn).padStart(2, '1')}`;
      bytes = Buffer.from(bytes.toString('latin1').replaceAll(address.instance, other), 'latin1');
      address = await addressOf(bytes);
    }
    if (known.has(address.instance)) continue;
    known.add(address.instance);
    found.push({ ...address, file, part, bytes, shapes: [await windowShapeOf(bytes, 1), await windowShapeOf(bytes, address.frames)] });
  }
  return found;
}

/** A series, or one clip of it → its pictures; of one part. */
function byStack(part: string): readonly (readonly [string, readonly Picture[]])[] {
  const stacks = new Map<string, Picture[]>();
  for (const picture of pictures) {
    const key = isClip(picture.header, picture.frames) ? `${picture.series}/${picture.instance}` : picture.series;
    stacks.set(key, [...(stacks.get(key) ?? []), picture]);
  }
  return [...stacks].filter(([, [first]]) => part === ALL_KINDS || first?.part === part);
}

/** How often each picture was compared, by instance and frame. */
type Seen = Map<string, number>;

/** The picture that stands there; nothing when it is a frame in the middle. */
async function offHere(pages: SideBySide, wanted: readonly Picture[], chosen: boolean, seen: Seen): Promise<readonly string[]> {
  const [instance, frame] = pages.shown.split('/');
  const picture = wanted.find((one) => one.instance === instance);
  if (picture === undefined || (frame !== '1' && frame !== String(picture.frames))) return [];
  const window = await pages.read('data-window');
  seen.set(pages.shown, (seen.get(pages.shown) ?? 0) + 1);
  const name = `${picture.file} frame ${frame} at ${window || 'no window'}`;
  if (chosen && !window.includes(',')) return [`${name}: not at the reader's window`];
  const [width, centre] = window.split(',');
  const shape = picture.shapes[frame === '1' ? 0 : 1];
  const address = `/dicom-web/studies/${picture.study}/series/${picture.series}/instances/${instance}/frames/${frame}/rendered`;
  const looks = await pages.look(chosen ? `${address}?window=${centre},${width},${shape}` : address);
  return [
    ...looks.flatMap(({ difference }, at) => (difference <= 1 ? [] : [`${name}: ${difference}, ${Object.keys(GRAPHICS)[at]}`])),
    ...((await pages.isDrawnByGateway()) ? [`${name}: drawn by the gateway`] : []),
  ];
}

/** Goes through the stack with its own windows, back with another one and forth again with a third; what is off. */
async function offInStack(pages: SideBySide, key: string, wanted: readonly Picture[], seen: Seen): Promise<readonly string[]> {
  if (!(await pages.open((wanted[0] as Picture).study, key))) return [`${wanted[0]?.file}: not ready`];
  const off = [...(await offHere(pages, wanted, false, seen))];
  const count = await pages.count();
  // Its frames in the middle are passed over, unless they are read in another order than they are stored in.
  const ends = wanted.length === 1 && count === wanted[0]?.frames && pages.shown.endsWith('/1');
  const go = async (step: string, end: string, chosen: boolean) => {
    for (const key of count === 1 ? [] : ends ? [end] : Array.from({ length: count - 1 }, () => step)) {
      if (!(await pages.press(key))) off.push(`${wanted[0]?.file}: not ready after ${key}, ${pages.shown}`);
      else off.push(...(await offHere(pages, wanted, chosen, seen)));
    }
  };
  await go('ArrowDown', 'End', false);
  // Colour has no window.
  if ((await pages.read('data-window')) === '') return off;
  for (const [at, [right, down]] of DRAGS.entries()) {
    await pages.drag(right, down);
    off.push(...(await offHere(pages, wanted, true, seen)));
    await (at % 2 === 0 ? go('ArrowUp', 'Home', true) : go('ArrowDown', 'End', true));
  }
  return off;
}

/** Every first and last frame, colour once and grey at each window. */
function notLookedAt(wanted: readonly Picture[], seen: Seen): readonly string[] {
  return wanted.flatMap(({ instance, frames, file, header }) => {
    const pixel = pixelDescription(header);
    const colour = (pixel?.samplesPerPixel ?? 1) > 1 || pixel?.photometricInterpretation === 'PALETTE COLOR';
    const times = (frame: number) => seen.get(`${instance}/${frame}`) ?? 0;
    return [...new Set([1, frames])].flatMap((frame) =>
      times(frame) < (colour ? 1 : WINDOWS) ? [`${file} frame ${frame}: looked at ${times(frame)} times`] : [],
    );
  });
}

test.each(EVERY_PICTURE === undefined ? [ALL_KINDS] : ASKED)(
  '%s: every picture is within one grey level of /rendered',
  async (part) => {
    const { pages } = sides;
    const off: string[] = [];
    const seen: Seen = new Map();
    for (const [key, wanted] of byStack(part)) {
      const failed = (thrown: unknown) => [`${wanted[0]?.file}: ${String(thrown).slice(0, 300)}`];
      const here = await offInStack(pages, key, wanted, seen).catch(failed);
      off.push(...here, ...(here.length > 0 ? [] : notLookedAt(wanted, seen)));
    }
    if (EVERY_PICTURE !== undefined)
      console.info(`${part}: ${seen.size} pictures, ${[...seen.values()].reduce((sum, times) => sum + times, 0)} looks`);
    expect(off).toEqual([]);
    expect(seen.size).toBeGreaterThan(0);
  },
  PAGE_WAITS_MS * (EVERY_PICTURE === undefined ? 14 : 120),
);
