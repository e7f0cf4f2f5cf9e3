import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** With a single libuv thread whatever runs on it shows: reads that are asked for after all renderings would come after them. */
const PROGRAM = `
  (await import('./gateway/codec/threads/read-typescript.mjs')).readTypeScript();
  const { createCodec } = await import('./gateway/codec/threads/codec.ts');
  const { open } = await import('node:fs/promises');
  const codec = createCodec({ workers: 1, renderers: 2 });
  const side = 1500;
  const pixel = { rows: side, columns: side, samplesPerPixel: 1, photometricInterpretation: 'MONOCHROME2', planarConfiguration: 0,
    bitsAllocated: 8, bitsStored: 8, highBit: 7, pixelRepresentation: 0, numberOfFrames: 1 };
  const bytes = Uint8Array.from({ length: side * side }, (_, i) => (i * 2654435761) >>> 24);
  const render = (format) => codec.renderFrame(
    { bytes, transferSyntaxUID: '1.2.840.10008.1.2.1', pixel, header: {}, frame: 0 }, { format, quality: 90 });
  await Promise.all([render('image/png'), render('image/jpeg')]);
  let rendered = 0;
  const all = Array.from({ length: 24 }, (_, n) => render(n % 2 === 0 ? 'image/png' : 'image/jpeg').then(() => rendered++));
  const file = await open('package.json');
  for (let n = 0; n < 50; n++) await file.read(Buffer.alloc(100), 0, 100, 0);
  const before = rendered;
  await file.close();
  await Promise.all(all);
  console.log(JSON.stringify({ before, rendered }));
  await codec.close();
`;

it('reads of files do not wait for renderings', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    cwd: ROOT,
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  });
  const { before, rendered } = JSON.parse(stdout) as { before: number; rendered: number };
  expect(rendered).toBe(24);
  expect(before).toBeLessThan(24);
}, 120_000);
