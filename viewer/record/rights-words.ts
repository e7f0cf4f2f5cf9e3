/** A changed right as the record holds it, `job/kind/act=scope`, in words. What a newer gateway may write stays as it is. */
import type { TFunction } from 'i18next';
import { ACTS, FACILITY_KINDS, JOBS, SCOPES_OF } from '../../gateway/api/contract/rights-table.ts';

export function rightsChangeWord(code: string, t: TFunction): string | undefined {
  const [, job, kind, act, scope] = /^([a-z-]+)\/([a-z-]+)\/([a-z-]+)=([a-z]+)$/.exec(code) ?? [];
  const [ofJob, atKind, done] = [
    JOBS.find((one) => one === job),
    FACILITY_KINDS.find((one) => one === kind),
    ACTS.find((one) => one === act),
  ];
  if (ofJob === undefined || atKind === undefined || done === undefined) return undefined;
  const as = SCOPES_OF[done].find((one) => one === scope);
  if (as === undefined) return undefined;
  return t('rights.change', {
    job: t(`job.${ofJob}`),
    kind: t(`facilityKind.${atKind}`),
    act: t(`rights.act.${done}`),
    scope: scopeWord(done, as, t),
  });
}

/** Where there are but two, it is whether one may. */
export function scopeWord(act: (typeof ACTS)[number], scope: 'none' | 'own' | 'all', t: TFunction): string {
  return SCOPES_OF[act].length === 2 ? t(`rights.can.${scope}`) : t(`rights.scope.${scope}`);
}
