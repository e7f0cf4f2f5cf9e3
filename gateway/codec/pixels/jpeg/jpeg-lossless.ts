import { DomainError } from '../../../domain/errors.ts';
import type { EntropyReader, HuffmanTable } from './jpeg-entropy.ts';

export interface LosslessPlane {
  readonly table: HuffmanTable;
  readonly samples: Uint16Array;
}

export interface LosslessScan {
  readonly width: number;
  readonly height: number;
  readonly precision: number;
  /** Ss: 1 to 7, ITU-T T.81 table H.1. */
  readonly predictor: number;
  /** Al. */
  readonly pointTransform: number;
  /** Samples of each component between restart markers; 0 for none. */
  readonly restartInterval: number;
}

/** Process 14, ITU-T T.81 Annex H: each sample is a prediction from its neighbours plus a coded difference, modulo 2^16. */
export function decodeLosslessScan(reader: EntropyReader, scan: LosslessScan, planes: readonly LosslessPlane[]): void {
  const { width, height, predictor, pointTransform, restartInterval } = scan;
  if (predictor < 1 || predictor > 7) throw new DomainError('invalid', 'JPEG lossless predictor is not 1 to 7');
  if (pointTransform >= scan.precision) throw new DomainError('invalid', 'JPEG point transform is too large');
  if (restartInterval % width !== 0) throw new DomainError('unsupported', 'JPEG lossless restarts within a line');
  const origin = 1 << (scan.precision - pointTransform - 1);
  const linesPerInterval = restartInterval / width;

  for (let y = 0; y < height; y++) {
    const restarts = linesPerInterval > 0 && y % linesPerInterval === 0;
    if (restarts && y > 0) reader.restart();
    // The first line of an interval has nothing above it that may be used.
    const first = y === 0 || restarts;
    for (let x = 0, at = y * width; x < width; x++, at++) {
      for (const { table, samples } of planes) {
        let prediction: number;
        if (first) prediction = x === 0 ? origin : (samples[at - 1] as number);
        else if (x === 0) prediction = samples[at - width] as number;
        else prediction = predict(predictor, samples[at - 1] as number, samples[at - width] as number, samples[at - width - 1] as number);
        samples[at] = prediction + difference(reader, table);
      }
    }
  }
  if (pointTransform > 0) {
    for (const { samples } of planes) for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] as number) << pointTransform;
  }
}

/** ITU-T T.81 H.1.2.2; size 16 stands for 32768 and has no further bits. */
function difference(reader: EntropyReader, table: HuffmanTable): number {
  const size = reader.symbol(table);
  if (size > 16) throw new DomainError('invalid', 'JPEG difference is too large');
  return size === 16 ? 32768 : reader.receiveSigned(size);
}

function predict(predictor: number, left: number, above: number, aboveLeft: number): number {
  switch (predictor) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return aboveLeft;
    case 4:
      return left + above - aboveLeft;
    case 5:
      return left + ((above - aboveLeft) >> 1);
    case 6:
      return above + ((left - aboveLeft) >> 1);
    default:
      return (left + above) >> 1;
  }
}
