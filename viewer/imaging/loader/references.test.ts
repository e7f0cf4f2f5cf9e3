import { afterEach, describe, expect, it, vi } from 'vitest';
import { elementBytes } from '../../api/dicomweb-retrieve.ts';
import { ApiError } from '../../api/http.ts';
import type { SeriesImage } from '../series-images.ts';
import { NotFetched, SECOND_SILENCE_MS_MAX } from './frame-fetcher.ts';
import { completeReferences, hasReferences, lacksOverlays, OverlayFetcher } from './references.ts';

// It asks by XMLHttpRequest, which Node has not.
vi.mock('../../api/dicomweb-retrieve.ts', () => ({ elementBytes: vi.fn() }));

const image = () =>
  ({
    instanceUrl: '/dicom-web/studies/1/series/2/instances/3',
    metadata: { '00281201': { vr: 'OW', BulkDataURI: '/bulk/1' } },
  }) as unknown as SeriesImage;

afterEach(() => {
  vi.useRealTimers();
  vi.mocked(elementBytes).mockReset();
});

it.each([0, 404, 503])('a table that cannot be had, %i, is a picture that was not fetched; asked again it comes', async (status) => {
  const one = image();
  vi.mocked(elementBytes).mockRejectedValueOnce(new ApiError(status, {}));
  const thrown = await completeReferences(one).catch((reason: unknown) => reason);
  expect(thrown).toBeInstanceOf(NotFetched);
  expect(thrown).toMatchObject({ status });
  expect(hasReferences(one)).toBe(true);
  vi.mocked(elementBytes).mockResolvedValueOnce(Uint8Array.of(1, 2));
  await completeReferences(one);
  expect(one.metadata['00281201']?.InlineBinary).toBe('AQI=');
  expect(hasReferences(one)).toBe(false);
});

it('one that does not come is not waited for for ever', async () => {
  vi.useFakeTimers();
  vi.mocked(elementBytes).mockImplementationOnce(
    (_element, _url, stop) => new Promise((_, reject) => stop?.addEventListener('abort', () => reject(stop.reason))),
  );
  const coming = completeReferences(image()).catch((reason: unknown) => reason);
  await vi.advanceTimersByTimeAsync(SECOND_SILENCE_MS_MAX);
  expect(await coming).toMatchObject({ status: 0 });
});

describe('what is drawn over pictures', () => {
  const overlaid = (...groups: string[]) => {
    const us = (value: number) => ({ vr: 'US', Value: [value] });
    const plane = (group: string) => ({
      [`${group}0010`]: us(1),
      [`${group}0011`]: us(8),
      [`${group}3000`]: { vr: 'OW', BulkDataURI: `/bulk/${group}3000` },
    });
    return { ...image(), metadata: Object.assign({}, ...groups.map(plane)) } as SeriesImage;
  };

  it('one that cannot be had does not keep away the others; asked again it comes', async () => {
    const one = overlaid('6000', '6002');
    const fetcher = new OverlayFetcher();
    vi.mocked(elementBytes).mockRejectedValueOnce(new ApiError(503, {}));
    vi.mocked(elementBytes).mockResolvedValue(Uint8Array.of(1, 2));
    const first = await fetcher.complete(one, 'now');
    expect(first.filled).toEqual([one.metadata['60023000']]);
    expect(first.thrown).toMatchObject({ status: 503 });
    expect(lacksOverlays(one)).toBe(true);
    expect(await fetcher.complete(one, 'now')).toEqual({ filled: [one.metadata['60003000']], thrown: undefined });
    expect(lacksOverlays(one)).toBe(false);
  });

  it('a few at a time, each once, the picture on screen before those ahead', async () => {
    const asked: (string | undefined)[] = [];
    const answers: (() => void)[] = [];
    vi.mocked(elementBytes).mockImplementation(async ({ BulkDataURI }) => {
      asked.push(BulkDataURI);
      await new Promise<void>((resolve) => answers.push(resolve));
      return Uint8Array.of(1, 2);
    });
    const fetcher = new OverlayFetcher();
    const ahead = overlaid('6000', '6002', '6004');
    const comings = [fetcher.complete(ahead, 'ahead'), fetcher.complete(overlaid('6006'), 'now'), fetcher.complete(ahead, 'ahead')];
    expect(asked).toEqual(['/bulk/60003000', '/bulk/60023000']);
    answers[0]?.();
    await vi.waitFor(() => expect(asked.at(-1)).toBe('/bulk/60063000'));
    answers[1]?.();
    await vi.waitFor(() => expect(asked.at(-1)).toBe('/bulk/60043000'));
    for (const answer of answers) answer();
    expect((await Promise.all(comings)).map(({ thrown }) => thrown)).toEqual([undefined, undefined, undefined]);
    expect(asked.length).toBe(4);
  });
});
