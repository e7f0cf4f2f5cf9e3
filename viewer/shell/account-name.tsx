import { CircleUser } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../gateway/api/contract/session.ts';
import type { Language } from '../i18n/translation.ts';
import { useStaffName } from '../session/use-staff-name.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';

export interface AccountMenuProps {
  session: Session;
  onLanguage: (language: Language) => void;
  onSignOut: () => void;
}

export const TRIGGER_LOOK =
  'flex h-9 min-w-0 items-center justify-center gap-2 rounded-md px-2 text-left hover:bg-hover data-[state=open]:bg-hover pointer-coarse:h-11 pointer-coarse:min-w-11';

/** What stands on the button of the account menu. */
export function AccountName({ user }: { user: Session['user'] }) {
  const { t } = useTranslation();
  const staffName = useStaffName();
  const facilityName = useFacilityName();
  return (
    <>
      <span className="hidden min-w-0 flex-col items-end leading-tight sm:flex">
        <span className="max-w-48 truncate text-xs text-ink">{staffName(user)}</span>
        <span className="max-w-48 truncate text-2xs text-ink-3">
          {user.facility === null ? t(`job.${user.job}`) : facilityName(user.facility)}
        </span>
      </span>
      <CircleUser className="size-5 text-ink-2" strokeWidth={1.5} aria-hidden />
    </>
  );
}
