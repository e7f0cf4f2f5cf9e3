import { Link } from '@tanstack/react-router';
import { ListChecks, LogOut, Pin, ReceiptText, Settings, ShieldQuestionMark, Siren, SlidersHorizontal } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../gateway/api/contract/session.ts';
import { classes } from '../design/classes.ts';
import { Menu } from '../design/raised/menu.tsx';
import { isLanguage } from '../i18n/i18n.ts';
import type { Language } from '../i18n/translation.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useStaffName } from '../session/use-staff-name.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { type AccountMenuProps, AccountName, TRIGGER_LOOK } from './account-name.tsx';
import { LANGUAGE_NAMES } from './language-switch.tsx';

const item =
  'flex h-9 cursor-pointer items-center gap-2.5 rounded-sm px-2.5 outline-none select-none data-highlighted:bg-hover pointer-coarse:h-11';

const plain = 'text-sm text-ink';

/** The menu itself; opened as soon as it is there. */
export function AccountDropdown({ session, onLanguage, onSignOut }: AccountMenuProps) {
  const { t } = useTranslation();
  const { user } = session;
  const staffName = useStaffName();
  return (
    <Menu
      align="end"
      className="w-64 p-1.5"
      defaultOpen
      trigger={
        <DropdownMenu.Trigger className={TRIGGER_LOOK} aria-label={`${t('nav.account')}: ${staffName(user)}`}>
          <AccountName user={user} />
        </DropdownMenu.Trigger>
      }
    >
      <Who user={user} />
      <Languages onLanguage={onLanguage} />
      <DropdownMenu.Separator className="my-1 h-px bg-line" />
      <MenuLink to="/settings" icon={<Settings className="size-4 text-ink-2" aria-hidden />}>
        {t('nav.settings')}
      </MenuLink>
      {user.facility === null ? null : (
        <>
          <MenuLink to="/posted-notices" icon={<Pin className="size-4 text-ink-2" aria-hidden />}>
            {t('nav.postedNotices')}
          </MenuLink>
          <MenuLink to="/release-rules" icon={<ListChecks className="size-4 text-ink-2" aria-hidden />}>
            {t('nav.releaseRules')}
          </MenuLink>
        </>
      )}
      {user.readsFees ? (
        <MenuLink to="/fees" icon={<ReceiptText className="size-4 text-ink-2" aria-hidden />}>
          {t('nav.fees')}
        </MenuLink>
      ) : null}
      {user.opensEmergencies ? (
        <MenuLink to="/emergency" icon={<Siren className="size-4 text-danger" aria-hidden />}>
          {t('nav.emergency')}
        </MenuLink>
      ) : null}
      {user.reviewsEmergencies ? (
        <MenuLink to="/emergency/reviews" icon={<ShieldQuestionMark className="size-4 text-ink-2" aria-hidden />}>
          {t('nav.emergencyReviews')}
        </MenuLink>
      ) : null}
      {user.administrator ? (
        <MenuLink to="/admin" icon={<SlidersHorizontal className="size-4 text-ink-2" aria-hidden />}>
          {t('nav.admin')}
        </MenuLink>
      ) : null}
      <DropdownMenu.Item className={classes(item, plain)} onSelect={onSignOut}>
        <LogOut className="size-4 text-ink-2" aria-hidden />
        {t('nav.signOut')}
      </DropdownMenu.Item>
    </Menu>
  );
}

function Who({ user }: { user: Session['user'] }) {
  const { t } = useTranslation();
  const staffName = useStaffName();
  const facilityName = useFacilityName();
  const facility = user.facility === null ? undefined : facilityName(user.facility);
  return (
    <div className="px-2.5 pt-1.5 pb-2.5">
      <p className="text-sm font-medium">{staffName(user)}</p>
      <p className="text-xs break-words text-ink-2">{facility ?? t('nav.noFacility')}</p>
      <p className="text-xs text-ink-3">{t(`job.${user.job}`)}</p>
      <p className="text-xs break-words text-ink-3">{user.email}</p>
    </div>
  );
}

function Languages({ onLanguage }: { onLanguage: (language: Language) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <DropdownMenu.RadioGroup
      value={language}
      aria-label={t('app.language')}
      onValueChange={(value) => (isLanguage(value) ? onLanguage(value) : undefined)}
      className="flex gap-1 px-1 pb-1"
    >
      {LANGUAGE_NAMES.map(([name, text]) => (
        <DropdownMenu.RadioItem
          key={name}
          value={name}
          lang={name}
          onSelect={(event) => event.preventDefault()}
          className={classes(
            item,
            'flex-1 justify-center border border-line text-xs text-ink-2 data-[state=checked]:border-accent/60 data-[state=checked]:bg-accent-soft data-[state=checked]:text-accent',
          )}
        >
          {text}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

function MenuLink({
  to,
  icon,
  children,
}: {
  to: '/settings' | '/posted-notices' | '/release-rules' | '/fees' | '/admin' | '/emergency' | '/emergency/reviews';
  icon: ReactNode;
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Item asChild>
      <Link to={to} className={classes(item, plain)}>
        {icon}
        {children}
      </Link>
    </DropdownMenu.Item>
  );
}
