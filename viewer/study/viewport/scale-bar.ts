/** Which length a bar beside the picture stands for. Plain computation. */

const STEPS = [5, 2, 1] as const;

/** The longest of 1, 2, 5 · 10ⁿ mm that takes at most `pixelsMax` screen pixels. */
export function scaleBar(mmPerPixel: number, pixelsMax: number): { readonly mm: number; readonly pixels: number } | undefined {
  const most = mmPerPixel * pixelsMax;
  const exponent = Math.floor(Math.log10(most));
  if (!Number.isFinite(exponent)) return undefined;
  // A power of ten that is worked out may be a little off the one that is meant; as text it is that one.
  const [mm] = STEPS.map((step) => Number(`${step}e${exponent}`)).filter((length) => length <= most * (1 + 1e-9));
  return mm === undefined ? undefined : { mm, pixels: mm / mmPerPixel };
}
