import { describe, expect, it } from 'vitest';
import { relabelExtendedJpeg, rgbOfYbr422 } from './frame-fixes.ts';

describe('relabelExtendedJpeg', () => {
  const part = (syntax: string, ...stream: number[]) => {
    const header = new TextEncoder().encode(`--b\r\nContent-Type: application/octet-stream; transfer-syntax=${syntax}\r\n\r\n`);
    return Uint8Array.from([...header, ...stream]);
  };
  const text = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);
  it.each([
    ['8 bits: baseline reads it', '1.2.840.10008.1.2.4.51', [0xff, 0xd8, 0xff, 0xc1, 0, 17, 8, 0], '1.2.840.10008.1.2.4.50'],
    ['12 bits stay extended', '1.2.840.10008.1.2.4.51', [0xff, 0xd8, 0xff, 0xc1, 0, 17, 12, 0], '1.2.840.10008.1.2.4.51'],
    ['no frame header', '1.2.840.10008.1.2.4.51', [0xff, 0xd8], '1.2.840.10008.1.2.4.51'],
    ['another syntax', '1.2.840.10008.1.2.4.57', [0xff, 0xd8, 0xff, 0xc1, 0, 17, 8, 0], '1.2.840.10008.1.2.4.57'],
  ])('%s', (_name, syntax, stream, expected) => {
    const bytes = part(syntax, ...stream);
    relabelExtendedJpeg(bytes);
    expect(text(bytes)).toContain(`transfer-syntax=${expected}\r\n`);
  });
});

describe('rgbOfYbr422, PS3.3 C.7.6.3.1.2', () => {
  it.each([
    ['grey', [10, 200, 128, 128], [10, 10, 10, 200, 200, 200]],
    ['red', [76, 76, 85, 255], [254, 0, 0, 254, 0, 0]],
    ['blue', [29, 29, 255, 107], [0, 0, 254, 0, 0, 254]],
  ])('%s', (_name, samples, expected) => {
    const rgb = [...rgbOfYbr422(samples, 2, 3)];
    for (const [at, value] of expected.entries()) expect(Math.abs((rgb[at] ?? -99) - value), `sample ${at}`).toBeLessThanOrEqual(2);
  });
  it('with alpha is opaque, and an odd last pixel is read', () => {
    expect([...rgbOfYbr422([50, 60, 128, 128, 70, 0, 128, 128], 3, 4)]).toEqual([50, 50, 50, 255, 60, 60, 60, 255, 70, 70, 70, 255]);
  });
});
