import type { CellProblem } from '../../imaging/port.ts';

/** Which sentence tells the reader what to do. */
export function problemText({ status }: CellProblem) {
  if (status === undefined) return 'study.failedDecode' as const;
  if (status === 0) return 'study.failedNetwork' as const;
  if (status === 401) return 'study.failedSignIn' as const;
  if (status === 403 || status === 404 || status === 410) return 'study.failedGone' as const;
  if (status === 413) return 'study.failedTooLarge' as const;
  return status < 500 ? ('study.failedDecode' as const) : ('study.failedServer' as const);
}
