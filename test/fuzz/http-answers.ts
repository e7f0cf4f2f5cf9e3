import type { RawAnswer } from '../fixtures/raw-request.ts';

/** Of a server's own failings only these are foreseen: not implemented, and not now (which says when). */
const FORESEEN = new Set([501, 503, 505]);

/** What no answer may be, whatever was asked. */
export function answerProblems(target: string, { status, headers, body }: RawAnswer): readonly string[] {
  const about = target.slice(0, 200);
  if (status === 0) return [`${about}: the connection ended without an answer`];
  if (status >= 500 && !FORESEEN.has(status)) return [`${about}: answered ${status} ${body.toString('utf8', 0, 300)}`];
  const json = (headers.get('content-type') ?? '').includes('json') && body.length > 0;
  return json && !isJson(body) ? [`${about}: an answer of ${status} is no JSON: ${body.toString('utf8', 0, 300)}`] : [];
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
