import { createHash } from 'node:crypto';
import type { FairTurns } from '../../domain/bounds/fair-turns.ts';
import type { Clock } from '../../domain/clock.ts';
import type { SeriesInstanceUID } from '../../domain/identifiers.ts';
import { isSearch, type StudyListFilter } from '../../domain/imaging/query.ts';
import type { IndexedSeries, IndexedStudy } from '../../domain/imaging/study.ts';
import type { Clip, OpeningImage, StudyIndex } from '../../domain/imaging/study-index.ts';
import type { Actor, FacilityRef, PersonActor } from '../../domain/people/actor.ts';
import { askerOf } from '../../domain/sharing/audience.ts';
import { actorKey, type SeenStudy } from '../access/see-study.ts';
import { createOncePerListing } from '../record/once-in-window.ts';
import type { ViewRecorder } from '../record/record-view.ts';
import { searchTerms } from './search-terms.ts';

export const MODALITIES_MAX = 20;

/** As the contract's schema lets it in; absent = no restriction. */
export interface ListRequest {
  readonly q?: string | undefined;
  readonly modality?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly ownership?: 'own' | 'shared' | undefined;
  readonly unopened?: boolean | undefined;
  readonly order?: 'study-date' | 'arrived' | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

export type StudyLister = (
  actor: Actor,
  facility: FacilityRef,
  request: ListRequest,
) => Promise<{ readonly studies: readonly IndexedStudy[]; readonly next?: string }>;

/** The application's study list: what the facility owns or was given, newest first, narrowed as asked. @throws invalid */
export function createStudyLister(stores: {
  studies: Pick<StudyIndex, 'listStudies'>;
  recorder: Pick<ViewRecorder, 'admit' | 'listed'>;
  /** Shared by all that search, SEARCH_TURNS. */
  searches: FairTurns;
  clock: Clock;
  /** Milliseconds that never run backwards. */
  monotonicMs?: () => number;
}): StudyLister {
  const once = createOncePerListing(stores.monotonicMs);
  return async (actor, facility, request) => {
    const now = stores.clock.now();
    const filter = listFilter(request);
    const after = request.after === undefined ? {} : { after: request.after };
    const ask = () => stores.studies.listStudies(askerOf(actor, facility), filter, { limit: request.limit, ...after }, now);
    const page = await (isSearch(filter) ? stores.searches.run(actorKey(actor), ask) : ask());
    const answer = [request, page.studies.map(({ id }) => id)];
    await once(actor, answer, () => stores.recorder.listed(actor, { list: 'study-list', count: page.studies.length }));
    return page;
  };
}

/** Of one study; more are in their series' stack. */
export const CLIPS_LISTED_MAX = 500;

export interface OpenedSeries extends IndexedSeries {
  readonly clips: readonly Clip[];
  readonly opening: OpeningImage | undefined;
}

/**
 * What an entity tag of `createStudyLister`'s answer is made of: the same while the same person of the same rights is answered the same. Read
 * before the list is, so that what changes in between changes the next one.
 */
export async function studyListTag(
  stores: { studies: Pick<StudyIndex, 'listRevision'>; clock: Clock },
  actor: PersonActor,
  { id }: FacilityRef,
  request: ListRequest,
): Promise<string> {
  const revision = await stores.studies.listRevision(id, stores.clock.now());
  const what = JSON.stringify([actorKey(actor), id, actor.job, actor.rights, actor.administrator, request, revision]);
  return createHash('sha256').update(what).digest('base64url');
}

/** One study and its series, for the page that shows it. */
export async function openStudy(
  stores: {
    studies: Pick<StudyIndex, 'seriesOf' | 'clipsOf' | 'openingImagesOf' | 'markOpened'>;
    recorder: Pick<ViewRecorder, 'viewed'>;
    clock: Clock;
  },
  actor: Actor,
  seen: SeenStudy<'study.view'>,
): Promise<{ readonly study: IndexedStudy; readonly series: readonly OpenedSeries[] }> {
  await stores.recorder.viewed(actor, seen);
  const { study, part, facility } = seen;
  // A program that fetches for somebody is not somebody who looks.
  if (actor.kind === 'person' && actor.through === 'session' && study.openedAt === undefined)
    await stores.studies.markOpened(facility.id, study.id, stores.clock.now());
  const [series, openings, clips] = await Promise.all([
    stores.studies.seriesOf(part),
    stores.studies.openingImagesOf(part),
    study.numberOfClips === 0 ? [] : stores.studies.clipsOf(part, CLIPS_LISTED_MAX),
  ]);
  const clipsIn = (uid: SeriesInstanceUID) => clips.filter(({ seriesInstanceUID }) => seriesInstanceUID === uid);
  const opening = new Map(openings.map((image) => [image.seriesInstanceUID, image]));
  return {
    study,
    series: series.map((one) => ({
      ...one,
      clips: one.numberOfClips === 0 ? [] : clipsIn(one.series.seriesInstanceUID),
      opening: opening.get(one.series.seriesInstanceUID),
    })),
  };
}

function listFilter(request: ListRequest): StudyListFilter {
  const modalities = (request.modality ?? '')
    .split(',')
    .filter((modality) => /^[A-Z0-9_]{1,16}$/.test(modality))
    .slice(0, MODALITIES_MAX);
  return {
    ...searchTerms(request.q ?? ''),
    modalities,
    ...(request.from === undefined ? {} : { studyDateFrom: request.from }),
    ...(request.to === undefined ? {} : { studyDateTo: request.to }),
    ...(request.ownership === undefined ? {} : { ownership: request.ownership }),
    ...(request.unopened === true ? { unopened: true } : {}),
    ...(request.order === undefined ? {} : { order: request.order }),
  };
}
