// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cancelled, NotFetched } from './loader/frame-fetcher.ts';
import type { ShownPicture } from './loader/image.ts';
import type { Pictures } from './loader/pictures.ts';
import { deferred } from './loader/urgency.ts';
import type { SeriesImage } from './series-images.ts';
import { Stack, type Surroundings } from './stack.ts';

/** Of the painter the stack asks what stands on the canvas. */
const painter = vi.hoisted(() => ({ drawn: undefined as unknown, blanked: 0 }));
vi.mock('./view/painter.ts', () => ({
  renderPicture: () => undefined,
  Painter: class {
    get drawn() {
      return painter.drawn;
    }
    blank() {
      painter.drawn = undefined;
      painter.blanked += 1;
    }
  },
}));
vi.mock('./view/geometry.ts', () => ({
  Geometry: class {
    adopt() {}
    zoom() {}
  },
}));
vi.mock('./view/view.ts', () => ({ readView: () => ({}), resetView: () => undefined }));
vi.mock('@cornerstonejs/core', () => ({
  Enums: { Events: { IMAGE_RENDERED: 'rendered', CAMERA_MODIFIED: 'camera' }, ViewportType: { STACK: 'stack' } },
  cache: {},
  imageLoader: { registerImageLoader: () => undefined },
  utilities: { VoxelManager: class {} },
}));

const images = [1, 2, 3].map(
  (n) => ({ sopInstanceUID: `1.2.${n}`, instanceUrl: `/i/${n}`, frame: 1, frames: 1, metadata: {} }) as unknown as SeriesImage,
);

/** What is asked of the pictures, and the answers; a picture that is not answered otherwise comes at once. */
class FakePictures {
  readonly here = new Set<string>();
  readonly asked: string[] = [];
  /** Image id → what its next askings end with; then it comes. */
  readonly refusals = new Map<string, unknown[]>();
  readonly budget = { frameBytes: 2 ** 24, pictureBytes: 2 ** 24 };
  current = true;

  /** While set, what a picture waits for. */
  coming: (imageId: string) => Promise<void> | undefined = () => undefined;

  async picture(imageId: string, urgency: string): Promise<unknown> {
    this.asked.push(`${urgency} ${imageId}`);
    await this.coming(imageId);
    const refusal = this.refusals.get(imageId)?.shift();
    if (refusal !== undefined) throw refusal;
    this.here.add(imageId);
    return { imageId };
  }
  isDecoded = (imageId: string) => this.here.has(imageId);
  isHere = this.isDecoded;
  isCurrent = () => this.current;
  frameBytesAbout = () => 1;
  frame = (imageId: string) => this.picture(imageId, 'ahead');
  describe() {}
  cancelUnused() {}
}

function opened() {
  const element = document.createElement('div');
  const canvas = document.createElement('canvas');
  let ids: string[] = [];
  const show = (at: number) => {
    painter.drawn = { imageId: ids[at], picture: { kind: 'colour' }, presentation: undefined, sizeInBytes: 1 } as unknown as ShownPicture;
  };
  const viewport = {
    canvas,
    getImageIds: () => ids,
    setStack: async (next: string[], at: number) => {
      ids = next;
      show(at);
    },
    setImageIdIndex: async (at: number) => show(at),
    getCurrentImageIdIndex: () => ids.indexOf((painter.drawn as ShownPicture).imageId),
    render: () => element.dispatchEvent(new Event('rendered')),
  };
  const pictures = new FakePictures();
  const engine = { enableElement() {}, disableElement() {}, resize() {}, getViewport: () => viewport };
  const around = {
    engine,
    pictures: pictures as unknown as Pictures,
    stacks: () => [stack],
    measurements: () => [],
  } as unknown as Surroundings;
  const stack: Stack = new Stack('cell', element, around);
  return { stack, pictures };
}

const id = (n: number) => `renkei:/i/${n}/frames/1`;

beforeEach(() => {
  painter.drawn = undefined;
  painter.blanked = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => vi.useRealTimers());

describe('a film', () => {
  it('asks once more for a frame that failed when it was fetched ahead, and goes on', async () => {
    const { stack, pictures } = opened();
    pictures.refusals.set(id(2), [new NotFetched(0)]);
    await stack.show(images, 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(pictures.isHere(id(2))).toBe(false);
    stack.play(10);
    await vi.advanceTimersByTimeAsync(100);
    expect(stack.state).toMatchObject({ index: 1, phase: 'ready', playing: true });
    await vi.advanceTimersByTimeAsync(100);
    expect(stack.state).toMatchObject({ index: 2, phase: 'ready', playing: true });
  });

  it('stops with the word at one that cannot be had; played again it goes on behind it', async () => {
    const { stack, pictures } = opened();
    pictures.refusals.set(id(2), [new NotFetched(404), new NotFetched(404)]);
    await stack.show(images, 0);
    await vi.advanceTimersByTimeAsync(0);
    stack.play(10);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stack.state).toMatchObject({ index: 1, phase: 'error', problem: { status: 404 }, playing: false });
    stack.play(10);
    await vi.advanceTimersByTimeAsync(100);
    expect(stack.state).toMatchObject({ index: 2, phase: 'ready', playing: true });
  });
});

it('a picture that the reader has gone past is no failure: it is fetched ahead again', async () => {
  const { stack, pictures } = opened();
  pictures.refusals.set(id(3), [new Cancelled()]);
  await stack.show(images, 0);
  await vi.advanceTimersByTimeAsync(0);
  expect(pictures.asked.filter((one) => one === `ahead ${id(3)}`).length).toBe(2);
  expect(stack.state).toMatchObject({ index: 0, phase: 'ready', problem: undefined });
});

it('on a slow line a picture that comes when the reader is past it is shown in passing, under its own name, until his own is here', async () => {
  const { stack, pictures } = opened();
  const line = new Map([1, 2, 3].map((n) => [id(n), deferred<void>()]));
  await stack.show(images, 0);
  pictures.here.clear();
  pictures.coming = (imageId) => line.get(imageId)?.promise;
  const arrives = async (n: number) => {
    line.get(id(n))?.resolve();
    await vi.advanceTimersByTimeAsync(0);
  };
  stack.jump(1);
  stack.jump(2);
  await arrives(2);
  expect(stack.state).toMatchObject({ index: 2, phase: 'loading', drawn: { index: 1, sopInstanceUID: '1.2.2' } });
  await arrives(3);
  expect(stack.state).toMatchObject({ index: 2, phase: 'ready', drawn: { index: 2, sopInstanceUID: '1.2.3' } });
});

it.each([
  ['stays while the new one comes', true, 0],
  ['of a version that has been replaced goes at once', false, 1],
])('shown again, the picture on screen %s', async (_name, current, blanked) => {
  const { stack, pictures } = opened();
  await stack.show(images, 0);
  painter.blanked = 0;
  pictures.current = current;
  const shown = stack.show([...images], 0);
  expect(painter.blanked).toBe(blanked);
  await shown;
  expect(stack.state.phase).toBe('ready');
});
