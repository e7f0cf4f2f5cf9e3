/** What the series rail lists and a cell shows: a series, or one clip of it. A series of clips is no one stack of all their frames. */
import type { SeriesSummary, StudyDetail } from '../../gateway/api/contract/studies.ts';
import type { SeriesContent } from '../imaging/series-images.ts';

export interface Stack extends Omit<SeriesSummary, 'opening'> {
  /** As it stands in the address: the Series Instance UID, and of a clip its SOP Instance UID behind a slash. */
  readonly key: string;
  /** `number`: Instance Number, or else its place among the clips of the series. */
  readonly clip: { readonly sopInstanceUID: string; readonly number: number; readonly frames: number } | undefined;
  /** Images of the stack, of a clip its frames; of what has no image its instances. */
  readonly count: number;
  /** What it opens with, as the gateway says; its thumbnail and its preview show the same. Undefined: it has no image. */
  readonly opening: { readonly sopInstanceUID: string; readonly frame: number } | undefined;
}

/** Each clip by itself, after what else the series holds. Clips past those that are listed stay in their series. */
export function stacksOf(series: readonly SeriesSummary[]): Stack[] {
  return series.flatMap((one): Stack[] => {
    const rest: Stack = {
      ...one,
      key: one.seriesInstanceUID,
      clip: undefined,
      count: one.imageCount || one.instanceCount - one.clips.length,
      opening: one.clips.some(({ sopInstanceUID }) => sopInstanceUID === one.opening?.sopInstanceUID)
        ? undefined
        : (one.opening ?? undefined),
    };
    const clips = one.clips.map(
      ({ sopInstanceUID, instanceNumber, frames, openingFrame }, at): Stack => ({
        ...one,
        key: `${one.seriesInstanceUID}/${sopInstanceUID}`,
        clip: { sopInstanceUID, number: instanceNumber ?? at + 1, frames },
        count: frames,
        opening: { sopInstanceUID, frame: openingFrame },
      }),
    );
    return clips.length > 0 && one.instanceCount === clips.length ? clips : [rest, ...clips];
  });
}

/** A stack, and of which of the studies on the page it is. */
export interface DeskStack extends Stack {
  readonly study: StudyDetail;
}

/**
 * The stacks of the studies on the page, study by study. The same series in both of them (a study that two facilities have) has two keys: that of
 * the second begins with a slash.
 */
export function stacksOfStudies(studies: readonly StudyDetail[]): DeskStack[] {
  const keys = new Set<string>();
  return studies.flatMap((study) =>
    stacksOf(study.series).map((stack) => {
      const key = keys.has(stack.key) ? `/${stack.key}` : stack.key;
      keys.add(key);
      return { ...stack, key, study };
    }),
  );
}

/** In which order cells are filled: what each study begins with, then the others as they stand. */
export function fillingOrder(stacks: readonly DeskStack[]): string[] {
  const first = stacks.filter(({ study }, at) => stacks.findIndex((other) => other.study === study) === at);
  return [...first, ...stacks.filter((stack) => !first.includes(stack))].map(({ key }) => key);
}

const parts = new WeakMap<SeriesContent, Map<string, SeriesContent>>();

/** Of a series' content what belongs to one of its stacks; the same object each time. */
export function contentOfStack(content: SeriesContent, stack: Stack): SeriesContent {
  if (stack.clips.length === 0) return content;
  const known = parts.get(content) ?? new Map<string, SeriesContent>();
  parts.set(content, known);
  const part = known.get(stack.key) ?? cut(content, stack);
  known.set(stack.key, part);
  return part;
}

function cut({ images, documents, framesPerSecond, ratesOfClips }: SeriesContent, { clip, clips }: Stack): SeriesContent {
  if (clip !== undefined) {
    return {
      images: images.filter(({ sopInstanceUID }) => sopInstanceUID === clip.sopInstanceUID),
      documents: documents.filter(({ sopInstanceUID }) => sopInstanceUID === clip.sopInstanceUID),
      framesPerSecond: ratesOfClips.get(clip.sopInstanceUID) ?? framesPerSecond,
      ratesOfClips,
    };
  }
  const apart = new Set(clips.map(({ sopInstanceUID }) => sopInstanceUID));
  const rest = images.filter(({ sopInstanceUID }) => !apart.has(sopInstanceUID));
  return {
    images: rest,
    documents: documents.filter(({ sopInstanceUID }) => !apart.has(sopInstanceUID)),
    framesPerSecond: rest.some(({ frames }) => frames > 1) ? framesPerSecond : undefined,
    ratesOfClips,
  };
}
