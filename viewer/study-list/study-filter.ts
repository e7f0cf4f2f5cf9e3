/** The filters of the study list as they stand in the address. */
import type { StudyListQuery } from '../../gateway/api/contract/studies.ts';
import { addDays } from '../i18n/dates.ts';

export const DATE_PRESETS = ['today', 'yesterday', 'week', 'month', 'year'] as const;
export type DatePreset = (typeof DATE_PRESETS)[number];
/** As people ask for them: a plain X-ray is CR or DX by how its picture was taken. Each is named by its first. */
export const MODALITIES = [['CT'], ['MR'], ['DX', 'CR'], ['US'], ['XA'], ['MG'], ['NM'], ['PT'], ['RF'], ['ES']] as const;

/** Which studies: those that nobody of the facility has opened, those of others, its own. */
export const TABS = ['unopened', 'shared', 'own'] as const;
export type Tab = (typeof TABS)[number];
/** As they came or were shared; by the day of the exam. Newest first. */
export const SORTS = ['arrived', 'exam'] as const;
export type Sort = (typeof SORTS)[number];

export interface StudyFilter {
  readonly q?: string;
  /** Comma-separated. */
  readonly modality?: string;
  /** A preset moves with the calendar, so a bookmark of "today" stays today. */
  readonly date?: DatePreset;
  /** YYYYMMDD; used without a preset. */
  readonly from?: string;
  readonly to?: string;
  readonly ownership?: Tab;
  /** Undefined: the reader's usual order. */
  readonly sort?: Sort;
}

const DA = /^\d{8}$/;

/** Whatever stands in the address, only what we understand is kept. */
export function parseStudyFilter(search: Record<string, unknown>): StudyFilter {
  const text = (value: unknown) => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
  const q = text(search['q']).slice(0, 200);
  const modality = text(search['modality'])
    .split(',')
    .filter((word) => /^[A-Z]{2,16}$/.test(word))
    .join(',');
  const date = DATE_PRESETS.find((preset) => preset === search['date']);
  const from = text(search['from']);
  const to = text(search['to']);
  const ownership = TABS.find((tab) => tab === search['ownership']);
  const sort = SORTS.find((known) => known === search['sort']);
  return {
    ...(q === '' ? {} : { q }),
    ...(modality === '' ? {} : { modality }),
    ...(date === undefined ? {} : { date }),
    ...(date === undefined && DA.test(from) ? { from } : {}),
    ...(date === undefined && DA.test(to) ? { to } : {}),
    ...(ownership === undefined ? {} : { ownership }),
    ...(sort === undefined ? {} : { sort }),
  };
}

/** Both ends inclusive. */
export function dateRange(preset: DatePreset, today: string): { from: string; to: string } {
  switch (preset) {
    case 'today':
      return { from: today, to: today };
    case 'yesterday':
      return { from: addDays(today, -1), to: addDays(today, -1) };
    case 'week':
      return { from: addDays(today, -6), to: today };
    case 'month':
      return { from: addDays(today, -29), to: today };
    case 'year':
      return { from: addDays(today, -364), to: today };
  }
}

export function toStudyListQuery(filter: StudyFilter, today: string): Omit<StudyListQuery, 'limit'> {
  const range = filter.date === undefined ? { from: filter.from, to: filter.to } : dateRange(filter.date, today);
  const q = filter.q?.trim();
  return {
    ...(q === undefined || q === '' ? {} : { q }),
    ...(filter.modality === undefined ? {} : { modality: filter.modality }),
    ...(range.from === undefined ? {} : { from: range.from }),
    ...(range.to === undefined ? {} : { to: range.to }),
    ...(filter.ownership === undefined
      ? {}
      : filter.ownership === 'unopened'
        ? { unopened: 'true' as const }
        : { ownership: filter.ownership }),
    order: (filter.sort ?? usualSort()) === 'exam' ? 'study-date' : 'arrived',
  };
}

export function isFiltered(filter: StudyFilter): boolean {
  const { sort: _sort, ...rest } = filter;
  return Object.keys(rest).length > 0;
}

const SORT_KEY = 'renkei.studies.sort';

/** What this browser's reader chose last. */
export function usualSort(): Sort {
  return SORTS.find((sort) => sort === globalThis.localStorage?.getItem(SORT_KEY)) ?? 'arrived';
}

export function keepSort(sort: Sort): void {
  globalThis.localStorage?.setItem(SORT_KEY, sort);
}

export function toggleModality(current: string | undefined, modalities: readonly string[]): string | undefined {
  const chosen = new Set((current ?? '').split(',').filter((word) => word !== ''));
  const out = modalities.some((modality) => chosen.has(modality));
  for (const modality of modalities) chosen[out ? 'delete' : 'add'](modality);
  return chosen.size === 0 ? undefined : [...chosen].sort().join(',');
}
