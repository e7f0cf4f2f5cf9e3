/** Bytes that change places between the two byte orders, PS3.5 7.3. */
const UNIT_BYTES: Readonly<Record<string, 2 | 4 | 8>> = {
  AT: 2,
  FD: 8,
  FL: 4,
  OD: 8,
  OF: 4,
  OL: 4,
  OV: 8,
  OW: 2,
  SL: 4,
  SS: 2,
  SV: 8,
  UL: 4,
  US: 2,
  UV: 8,
};

/** 1: values of this VR are the same in both byte orders. */
export function byteOrderUnitBytes(vr: string): number {
  return UNIT_BYTES[vr] ?? 1;
}

/** Turns each unit around, in place. A rest shorter than a unit stays as it is. */
export function swapByteOrder(bytes: Buffer, unitBytes: number): void {
  const whole = bytes.subarray(0, bytes.length - (bytes.length % unitBytes));
  if (unitBytes === 2) whole.swap16();
  else if (unitBytes === 4) whole.swap32();
  else if (unitBytes === 8) whole.swap64();
}
