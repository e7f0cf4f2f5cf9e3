import { afterAll, describe, expect, test } from 'vitest';
import { createCodec } from '../../gateway/codec/threads/codec.ts';
import { firstFrame, sharedImages } from '../fixtures/dicom/shared-images.ts';

/** PS3.5 Annex A, with streams that are cut or damaged: an answer each time, and the codec goes on. */

const BYTES_MAX = 400_000;
const FLIPS = 24;
const CUTS = [0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97];

const codec = createCodec({ workers: 1, taskCpuMsMax: 20_000 });
afterAll(() => codec.close());

const compressed = new Map(
  sharedImages()
    .filter(({ category, transfer_syntax }) => category !== 'broken' && /\.1\.2\.(4\.\d+|5|8\.1)$/.test(transfer_syntax ?? ''))
    .map((image) => [image.transfer_syntax, image]),
);

describe('damaged streams', () => {
  test('the set has a file of each compression', () => {
    const syntaxes = [...compressed.keys()].map((uid) => uid?.replace('1.2.840.10008.1.2.', '')).sort();
    const expected = [
      '4.110',
      '4.111',
      '4.201',
      '4.203',
      '4.50',
      '4.51',
      '4.53',
      '4.55',
      '4.57',
      '4.70',
      '4.80',
      '4.81',
      '4.90',
      '4.91',
      '5',
      '8.1',
    ];
    expect(syntaxes).toEqual(expected);
  });

  test.each([...compressed.values()])('$transfer_syntax', async ({ path }) => {
    const request = await firstFrame(path);
    if (request === undefined) throw new Error('the file has no image');
    const { header: _, ...frame } = request;
    const { bytes } = frame;
    expect(bytes.length).toBeLessThan(BYTES_MAX * 10);
    const whole = await codec.decodeFrame(frame);

    for (const cut of CUTS) {
      const shortened = bytes.subarray(0, Math.floor(bytes.length * cut));
      await expect(codec.decodeFrame({ ...frame, bytes: shortened }), `cut at ${cut}`).rejects.toMatchObject({ kind: 'invalid' });
    }

    let state = bytes.length;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let i = 0; i < FLIPS; i++) {
      const damaged = Uint8Array.from(bytes);
      // Every second one in the headers, where a bit does most harm.
      const at = random(i % 2 === 0 ? bytes.length : Math.min(200, bytes.length));
      damaged[at] = (damaged[at] as number) ^ (1 << random(8));
      const answer = await codec.decodeFrame({ ...frame, bytes: damaged }).catch((thrown: unknown) => thrown);
      if (answer instanceof Error)
        expect(answer).toMatchObject({ name: 'DomainError', kind: expect.stringMatching(/^(invalid|unsupported|too-large)$/) });
      else expect(answer).toMatchObject({ rows: whole.rows, columns: whole.columns });
    }

    const again = await codec.decodeFrame(frame);
    expect(Buffer.from(again.bytes).equals(Buffer.from(whole.bytes))).toBe(true);
  });

  test('files known to be broken give a picture or a reason', async () => {
    for (const { file, path } of sharedImages().filter(({ category }) => category === 'broken')) {
      const answer = await firstFrame(path)
        .then(
          (request) => request && codec.renderFrame(request, { format: 'image/jpeg', quality: 80, viewport: { columns: 128, rows: 128 } }),
        )
        .catch((thrown: unknown) => thrown);
      if (answer instanceof Error) expect(answer, file).toMatchObject({ name: 'DomainError' });
    }
  });
});
