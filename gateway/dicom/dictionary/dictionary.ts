import { DICTIONARY_LINES } from './dictionary-data.ts';

/** The data dictionary, PS3.6. Tags are eight upper-case hexadecimal digits; numbers are `group << 16 | element`, unsigned. */

/** Tag to VR; repeating groups under their first group. Filled once, at load: about 2 ms. */
const vrByTag = new Map<number, string>();
const tagByKeyword = new Map<string, string>();

for (const line of DICTIONARY_LINES.split('\n')) {
  const tag = Number.parseInt(line.slice(0, 8), 16);
  vrByTag.set(tag, line.slice(8, 10));
  if (line.length > 10) tagByKeyword.set(line.slice(10), line.slice(0, 8));
}

/** Tag of a PS3.6 keyword; of a repeating group, its first group. */
export function tagOf(keyword: string): string | undefined {
  return tagByKeyword.get(keyword);
}

/** VR of a tag for someone without a data set at hand: US for US-or-SS, OW for OB-or-OW and LUT data, UN for the unknown. */
export function vrOf(tag: string): string {
  return settledVR(dictionaryVR(Number.parseInt(tag, 16)));
}

/** VR as the dictionary has it, `xs`, `ox` and `lt` included. Group lengths are UL, private creators LO (PS3.5 7.8.1), others private or unknown UN. */
export function dictionaryVR(tag: number): string {
  const known = vrByTag.get(tag);
  if (known !== undefined) return known;
  const element = tag & 0xffff;
  if (element === 0) return 'UL';
  const group = tag >>> 16;
  if ((group & 1) === 1) return element >= 0x10 && element <= 0xff ? 'LO' : 'UN';
  return vrByTag.get(dictionaryTag(tag)) ?? 'UN';
}

/** Pixel-data-like VRs that depend on context, when the context is not known. */
export function settledVR(vr: string): string {
  if (vr === 'xs') return 'US';
  return vr === 'ox' || vr === 'lt' ? 'OW' : vr;
}

/** Curves 50xx, overlays 60xx, variable pixel data 7Fxx (even groups) and source image IDs (0020,31xx) are one entry each. PS3.6 section 6, PS3.5 7.6. */
function dictionaryTag(tag: number): number {
  const groups = tag >>> 24;
  if ((groups === 0x50 || groups === 0x60 || groups === 0x7f) && (tag & 0x10000) === 0 && !vrByTag.has(tag)) {
    return (tag & 0xff00ffff) >>> 0;
  }
  if (tag >>> 8 === 0x002031) return 0x00203100;
  return tag;
}
