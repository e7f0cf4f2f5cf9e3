/** A rule of release in words: as a page has it, and as the record holds it, `release:CT+MR/registered/48h,report/view`. */
import type { TFunction } from 'i18next';
import type { ReleaseRuleAnswer } from '../../gateway/api/contract/consents.ts';

export function releaseRuleWord(
  { modalities, registeredOnly, afterHours, onceReported, mayDownload }: ReleaseRuleAnswer,
  t: TFunction,
): string {
  return t('releaseRule.line', {
    which: modalities.length === 0 ? t('releaseRule.whatever') : modalities.join(t('releaseRule.and')),
    to: t(registeredOnly ? 'releaseRule.registered' : 'releaseRule.named'),
    when:
      afterHours === 0
        ? t('releaseRule.now')
        : t(onceReported ? 'releaseRule.afterOrReported' : 'releaseRule.after', { count: afterHours }),
    what: t(mayDownload ? 'releaseRule.take' : 'releaseRule.view'),
  });
}

const CODE = /^release:(\*|[A-Z0-9 _+]+)\/(registered|named)\/(?:now|(\d+)h(,report)?)\/(take|view)$/;

/** What a newer gateway may write stays as it is. */
export function releaseChangeWord(code: string, t: TFunction): string | undefined {
  if (code === 'release:none') return t('releaseRule.none');
  const [, which, to, hours, report, what] = CODE.exec(code) ?? [];
  if (which === undefined) return undefined;
  const modalities = which === '*' ? [] : which.split('+');
  const [registeredOnly, mayDownload] = [to === 'registered', what === 'take'];
  return releaseRuleWord(
    { modalities, registeredOnly, afterHours: Number(hours ?? 0), onceReported: report !== undefined, mayDownload },
    t,
  );
}
