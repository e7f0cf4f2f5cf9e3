import { type ComponentType, type KeyboardEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../gateway/api/contract/session.ts';
import { useStaffName } from '../session/use-staff-name.ts';
import { whenIdle } from '../when-idle.ts';
import { type AccountMenuProps, AccountName, TRIGGER_LOOK } from './account-name.tsx';

const load = async () => (await import('./account-dropdown.tsx')).AccountDropdown;
/** The keys that open a menu button (WAI-ARIA). */
const OPENING_KEYS = ['Enter', ' ', 'ArrowDown'];

/** Who is signed in. The menu is opened a few times a day: its code comes once the reader pauses, or when it is asked for. */
export function AccountMenu(props: AccountMenuProps) {
  const [Dropdown, setDropdown] = useState<ComponentType<AccountMenuProps>>();
  useEffect(() => whenIdle(() => void load().catch(() => undefined)), []);
  // What cannot be loaded can be asked for again.
  const open = () =>
    void load().then(
      (loaded) => setDropdown(() => loaded),
      () => undefined,
    );
  return Dropdown === undefined ? <MenuButton user={props.session.user} onOpen={open} /> : <Dropdown {...props} />;
}

function MenuButton({ user, onOpen }: { user: Session['user']; onOpen: () => void }) {
  const { t } = useTranslation();
  const staffName = useStaffName();
  const onKeyDown = (event: KeyboardEvent) => {
    if (!OPENING_KEYS.includes(event.key)) return;
    event.preventDefault();
    onOpen();
  };
  return (
    <button
      type="button"
      className={TRIGGER_LOOK}
      aria-label={`${t('nav.account')}: ${staffName(user)}`}
      aria-haspopup="menu"
      aria-expanded={false}
      onClick={onOpen}
      onKeyDown={onKeyDown}
    >
      <AccountName user={user} />
    </button>
  );
}
