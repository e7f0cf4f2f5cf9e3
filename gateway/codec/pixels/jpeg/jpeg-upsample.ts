/** One component's samples at the resolution they are coded in. */
export interface CodedPlane {
  readonly samples: Uint8Array | Uint16Array;
  readonly stride: number;
  /** Samples that belong to the image; beyond them is padding to whole blocks. */
  readonly width: number;
  readonly height: number;
}

/**
 * Writes the plane to `target` at full resolution, every `step`-th element from `first` on.
 * Halved chroma is interpolated with a triangle filter (weights 3/4 and 1/4, rounding alternately down and up) as the common decoders
 * do, so that the values are theirs; other ratios repeat samples.
 */
export function upsample(
  plane: CodedPlane,
  ratioX: number,
  ratioY: number,
  target: Uint8Array | Uint16Array,
  first: number,
  step: number,
  width: number,
  height: number,
): void {
  const smooth = plane.width > 2 && ratioX === 2 && ratioY <= 2;
  const line = new Int32Array(plane.width);
  const wide = new Int32Array(plane.width * ratioX);
  for (let y = 0; y < height; y++) {
    const coded = Math.floor(y / ratioY);
    const near = coded * plane.stride;
    if (!smooth) {
      for (let x = 0; x < plane.width; x++) wide.fill(plane.samples[near + x] as number, x * ratioX, (x + 1) * ratioX);
    } else if (ratioY === 1) {
      for (let x = 0; x < plane.width; x++) line[x] = plane.samples[near + x] as number;
      smoothLine(line, wide, 1, 2, 2, 0);
    } else {
      const neighbour = Math.min(plane.height - 1, Math.max(0, y % 2 === 0 ? coded - 1 : coded + 1)) * plane.stride;
      for (let x = 0; x < plane.width; x++) line[x] = 3 * (plane.samples[near + x] as number) + (plane.samples[neighbour + x] as number);
      smoothLine(line, wide, 8, 7, 4, 8);
    }
    for (let x = 0, to = first + y * width * step; x < width; x++, to += step) target[to] = wide[x] as number;
  }
}

/** `edgeRound` is for the outermost samples, which have no neighbour on that side. */
function smoothLine(line: Int32Array, wide: Int32Array, roundLeft: number, roundRight: number, shift: number, edgeRound: number): void {
  const last = line.length - 1;
  const edgeShift = shift - 2;
  for (let x = 0; x <= last; x++) {
    const here = line[x] as number;
    wide[2 * x] = x === 0 ? edge(here, edgeShift, edgeRound) : (3 * here + (line[x - 1] as number) + roundLeft) >> shift;
    wide[2 * x + 1] =
      x === last ? edge(here, edgeShift, edgeRound === 0 ? 0 : edgeRound - 1) : (3 * here + (line[x + 1] as number) + roundRight) >> shift;
  }
}

/** Four times the sample, rounded like its neighbours: (4 × here + round) / 2^shift. */
function edge(here: number, edgeShift: number, round: number): number {
  return edgeShift === 0 ? here : (4 * here + round) >> (edgeShift + 2);
}
