import type { ExportPlan } from '../../gateway/api/contract/studies.ts';
import { queryString, requestJson } from './http.ts';
import type { StudyAddress } from './study-address.ts';

export type ExportForm = 'plain' | 'stored';
/** One study or more, of one person. */
export type Exported = readonly [StudyAddress, ...StudyAddress[]];

function pathOf([first, ...others]: Exported, what: string, more: { readonly form?: ExportForm } = {}): string {
  const also = others.map(({ studyInstanceUID, of }) => `${studyInstanceUID}!${of ?? ''}`).join(',');
  return `/api/studies/${encodeURIComponent(first.studyInstanceUID)}/${what}${queryString({ of: first.of ?? undefined, also, ...more })}`;
}

export const getExportPlan = (studies: Exported, signal?: AbortSignal) =>
  requestJson<ExportPlan>(pathOf(studies, 'export-plan'), { signal });

/** Where the browser fetches the zip by itself: a page could not hold it. */
export const exportUrl = (studies: Exported, form: ExportForm) => pathOf(studies, 'export', { form });
