import { afterEach, expect, it, vi } from 'vitest';
import { elementBytes } from '../../api/dicomweb-retrieve.ts';
import { ApiError } from '../../api/http.ts';
import type { SeriesImage } from '../series-images.ts';
import { NotFetched, SECOND_SILENCE_MS_MAX } from './frame-fetcher.ts';
import { completeReferences, hasReferences } from './references.ts';

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
