/** The filters of the study list as they stand in the address. */
import type { StudyListQuery } from '../../gateway/api/contract.ts';
import { addDays } from '../i18n/dates.ts';

export const DATE_PRESETS = ['today', 'yesterday', 'week', 'month', 'year'] as const;
export type DatePreset = (typeof DATE_PRESETS)[number];
export const MODALITIES = ['CT', 'MR', 'CR', 'DX', 'US', 'XA', 'MG', 'NM', 'PT', 'RF', 'ES'] as const;

export interface StudyFilter {
  readonly q?: string;
  /** Comma-separated. */
  readonly modality?: string;
  /** A preset moves with the calendar, so a bookmark of "today" stays today. */
  readonly date?: DatePreset;
  /** YYYYMMDD; used without a preset. */
  readonly from?: string;
  readonly to?: string;
  readonly ownership?: 'own' | 'shared';
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
  const ownership = search['ownership'] === 'own' || search['ownership'] === 'shared' ? search['ownership'] : undefined;
  return {
    ...(q === '' ? {} : { q }),
    ...(modality === '' ? {} : { modality }),
    ...(date === undefined ? {} : { date }),
    ...(date === undefined && DA.test(from) ? { from } : {}),
    ...(date === undefined && DA.test(to) ? { to } : {}),
    ...(ownership === undefined ? {} : { ownership }),
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
    ...(filter.ownership === undefined ? {} : { ownership: filter.ownership }),
  };
}

export function isFiltered(filter: StudyFilter): boolean {
  return Object.keys(filter).length > 0;
}

export function toggleModality(current: string | undefined, modality: string): string | undefined {
  const chosen = new Set((current ?? '').split(',').filter((word) => word !== ''));
  if (!chosen.delete(modality)) chosen.add(modality);
  return chosen.size === 0 ? undefined : [...chosen].sort().join(',');
}
