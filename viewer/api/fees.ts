import type { FeePack, FeePackExport } from '../../gateway/api/contract/fees.ts';
import { queryString, request, requestJson } from './http.ts';

export const askFeePack = (asked: { month: string; facility?: string }) => requestJson<FeePack>(`/api/fee-pack${queryString(asked)}`);
/** The file, and the name that the gateway gives it. */
export async function exportFeePack(body: FeePackExport): Promise<{ readonly blob: Blob; readonly name: string }> {
  const response = await request('/api/fee-pack/exports', { method: 'POST', json: body, accept: '*/*' });
  const [, name = 'fees.csv'] = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '') ?? [];
  return { blob: await response.blob(), name };
}
