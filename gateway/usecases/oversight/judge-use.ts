/** Looks at what the record has since: whether some use of images was unusual. */
import { foldName } from '../../dicom/text/person-name.ts';
import { formsOfName } from '../../domain/patients/name-forms.ts';
import type { KeptPerson, KeptStretch, UnusualUseIndex } from '../../domain/record/unusual-index.ts';
import { settingsOf } from '../../domain/record/unusual-rules.ts';
import { type NamedPerson, type UnusualFinding, unusualUses } from '../../domain/record/unusual-use.ts';

/** Entries in one transaction. */
export const JUDGED_AT_ONCE = 500;

/** How many entries it went on by; 0: nothing is new, or another process is at it. */
export function judgeUse({
  unusual,
  timeZone,
}: {
  readonly unusual: Pick<UnusualUseIndex, 'judgeSome'>;
  readonly timeZone: string;
}): Promise<number> {
  return unusual.judgeSome(JUDGED_AT_ONCE, (stretch) => found(stretch, timeZone));
}

function found({ views, before, viewers, staff, region }: KeptStretch, timeZone: string): readonly UnusualFinding[] {
  const stretch = {
    views: views.map(({ patientName, ...view }) => ({ ...view, name: formsOfName(patientName) })),
    before,
    viewers: viewers.map(named),
    staff: staff.map(named),
  };
  return unusualUses(stretch, settingsOf(region), timeZone);
}

function named({ userId, facilityCode, name, nameKana }: KeptPerson): NamedPerson {
  return { userId, facilityCode, name: formsOfName({ alphabetic: '', ideographic: foldName(name), phonetic: foldName(nameKana) }) };
}
