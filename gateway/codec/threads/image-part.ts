import { TOLD_BY } from '../../domain/imaging/clip.ts';
import type { DicomJson, DicomJsonElement, DicomJsonValue } from '../../domain/imaging/dataset.ts';
import { CHOICES_MAX } from '../pixels/presentation.ts';

/** Sequences that say how an image is shown, Modality LUT and VOI LUT: items that are read of each. PS3.3 C.11. */
const ITEMS_MAX: Readonly<Record<string, number>> = { '00283000': 1, '00283010': CHOICES_MAX };
/** Functional groups, shared and of each frame. PS3.3 C.7.6.16. */
const SHARED_GROUPS = '52009229';
const FRAME_GROUPS = '52009230';
/** Of a functional group: Frame VOI LUT and Pixel Value Transformation. */
const GROUP_SEQUENCES: ReadonlySet<string> = new Set(['00289132', '00289145']);
const CLIP_TAGS: ReadonlySet<string> = new Set(TOLD_BY);
/** A single value that is longer is none of an image's. Characters. */
const VALUE_CHARS_MAX = 256 * 1024;

/** The part of a header that decoding and showing reads: frames keep their places, what is nothing of the image is left out. */
export function imagePart(header: DicomJson): DicomJson {
  const part: DicomJson = {};
  for (const [tag, element] of Object.entries(header)) {
    if (tag === SHARED_GROUPS || tag === FRAME_GROUPS) part[tag] = groupsOf(element);
    else if (element.vr === 'SQ') {
      if (ITEMS_MAX[tag] !== undefined) part[tag] = { vr: 'SQ', Value: (element.Value ?? []).slice(0, ITEMS_MAX[tag]) };
    } else if (isOfImage(tag) && (element.InlineBinary?.length ?? 0) <= VALUE_CHARS_MAX) part[tag] = element;
  }
  return part;
}

/** Image Pixel and LUT modules, presentation LUT shape, the pixels' own VR, and what tells a clip from a volume. */
function isOfImage(tag: string): boolean {
  return tag.startsWith('0028') || tag.startsWith('7FE0') || tag === '20500020' || CLIP_TAGS.has(tag);
}

function groupsOf(element: DicomJsonElement): DicomJsonElement {
  const items = (element.Value ?? []).map((item): DicomJsonValue => {
    const groups = Object.entries((item ?? {}) as DicomJson).filter(([tag]) => GROUP_SEQUENCES.has(tag));
    // null and not {}: of half a million frames it costs nothing.
    return groups.length === 0 ? null : Object.fromEntries(groups);
  });
  return { vr: 'SQ', Value: items };
}
