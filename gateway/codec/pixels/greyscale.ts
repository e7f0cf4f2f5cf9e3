import { type Display, greyFunction, paddingTest, settled } from './display.ts';
import type { DecodedFrame } from './frame.ts';
import { modalityFunction, scan } from './modality.ts';
import { withPadding } from './padding.ts';
import type { GreyPresentation, Picture } from './presentation.ts';
import type { StoredValues } from './stored.ts';

/** Stored value → modality LUT → VOI LUT → 8 bits of grey in one step, without an array of modality values between. PS3.4 N.2.1. */
export function presentGrey(frame: DecodedFrame, presentation: GreyPresentation): Picture {
  const width = frame.columns;
  const height = frame.rows;
  const stored = withPadding(frame, presentation.padding);
  const modality = modalityFunction(presentation.modality);
  const isPadding = paddingTest(presentation.padding);
  const grey = greyFunction({ voi: voiOf(stored, presentation), invert: presentation.invert });
  const show = (value: number): number => (isPadding(value) ? 0 : grey(modality(value)));

  const data = new Uint8Array(width * height);
  if (stored instanceof Uint8Array || stored instanceof Int16Array || stored instanceof Uint16Array) {
    // Far fewer values than pixels: each is worked out once.
    const low = stored instanceof Int16Array ? -0x8000 : 0;
    const table = new Int16Array(stored instanceof Uint8Array ? 0x100 : 0x10000).fill(-1);
    for (let i = 0; i < data.length; i++) {
      const value = stored[i] as number;
      let shade = table[value - low] as number;
      if (shade < 0) {
        shade = show(value);
        table[value - low] = shade;
      }
      data[i] = shade;
    }
  } else {
    for (let i = 0; i < data.length; i++) data[i] = show(stored[i] as number);
  }
  return { width, height, channels: 1, data };
}

function voiOf(stored: StoredValues, { voi, modality, padding }: GreyPresentation): Display['voi'] {
  if (voi.kind !== 'contents') return voi;
  const { range, padded } = scan(stored, padding);
  if (range === undefined) return settled(voi, { range, padding: undefined });
  const through = modalityFunction(modality);
  // A LUT need not rise, so its least output may lie between.
  const outputs = modality.kind === 'lut' ? lutOutputs(stored, through, padding) : [through(range.low), through(range.high)];
  const low = Math.min(...outputs);
  const high = Math.max(...outputs);
  return settled(voi, { range: { low, high }, padding: padded ? { low, high } : undefined });
}

function lutOutputs(stored: StoredValues, through: (value: number) => number, padding: GreyPresentation['padding']): readonly number[] {
  const isPadding = paddingTest(padding);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of stored) {
    if (isPadding(value)) continue;
    const output = through(value);
    if (output < low) low = output;
    if (output > high) high = output;
  }
  return [low, high];
}
