import { Link } from '@tanstack/react-router';
import { CircleUser, LogOut, Settings, SlidersHorizontal } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../gateway/api/contract/session.ts';
import { classes } from '../design/classes.ts';
import { isLanguage } from '../i18n/i18n.ts';
import type { Language } from '../i18n/translation.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { NoticesBell } from '../notices/notices-bell.tsx';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { Mark } from './brand.tsx';
import { LANGUAGE_NAMES } from './language-switch.tsx';

interface Props {
  session: Session;
  onLanguage: (language: Language) => void;
  onSignOut: () => void;
}

const link =
  'inline-flex h-full items-center border-b-2 border-transparent px-3 text-sm whitespace-nowrap text-ink-2 hover:text-ink data-[status=active]:border-accent data-[status=active]:text-ink';
const item =
  'flex h-9 cursor-pointer items-center gap-2.5 rounded-sm px-2.5 text-sm text-ink outline-none select-none data-highlighted:bg-hover pointer-coarse:h-11';

export function AppHeader({ session, onLanguage, onSignOut }: Props) {
  const { t } = useTranslation();
  const { user } = session;
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-surface px-3 sm:px-4">
      <Link to="/" className="flex h-11 items-center gap-2.5 rounded-sm pr-2" aria-label={t('app.name')}>
        <Mark className="h-5 w-8" />
        <span className="text-sm font-semibold tracking-wide max-sm:hidden">Renkei</span>
      </Link>
      <nav className="flex h-full items-stretch" aria-label={t('app.menu')}>
        <Link to="/" className={link} activeOptions={{ exact: true, includeSearch: false }}>
          {t('nav.studies')}
        </Link>
        {user.facility === null ? null : (
          <Link to="/upload" className={link}>
            {t('nav.upload')}
          </Link>
        )}
        {user.administrator ? (
          <Link to="/admin" className={link} activeOptions={{ exact: false }}>
            {t('nav.admin')}
          </Link>
        ) : null}
      </nav>
      <div className="min-w-0 flex-1" />
      {user.facility === null ? null : <NoticesBell />}
      <AccountMenu session={session} onLanguage={onLanguage} onSignOut={onSignOut} />
    </header>
  );
}

export function AccountMenu({ session, onLanguage, onSignOut }: Props) {
  const { t } = useTranslation();
  const { user } = session;
  const facilityName = useFacilityName();
  const facility = user.facility === null ? undefined : facilityName(user.facility);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        className="flex h-9 min-w-0 items-center gap-2 rounded-md px-2 text-left hover:bg-hover data-[state=open]:bg-hover pointer-coarse:h-11"
        aria-label={`${t('nav.account')}: ${user.name}`}
      >
        <span className="hidden min-w-0 flex-col items-end leading-tight sm:flex">
          <span className="max-w-48 truncate text-xs text-ink">{user.name}</span>
          <span className="max-w-48 truncate text-2xs text-ink-3">{facility ?? t(`job.${user.job}`)}</span>
        </span>
        <CircleUser className="size-5 text-ink-2" strokeWidth={1.5} aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={6}
          className="z-50 w-64 rounded-lg border border-line-strong bg-raised p-1.5 shadow-[0_16px_48px_rgb(0_0_0/0.6)]"
        >
          <Who user={user} />
          <Languages onLanguage={onLanguage} />
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <MenuLink to="/settings" icon={<Settings className="size-4 text-ink-2" aria-hidden />}>
            {t('nav.settings')}
          </MenuLink>
          {user.administrator ? (
            <MenuLink to="/admin" icon={<SlidersHorizontal className="size-4 text-ink-2" aria-hidden />}>
              {t('nav.admin')}
            </MenuLink>
          ) : null}
          <DropdownMenu.Item className={item} onSelect={onSignOut}>
            <LogOut className="size-4 text-ink-2" aria-hidden />
            {t('nav.signOut')}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Who({ user }: { user: Session['user'] }) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const facility = user.facility === null ? undefined : facilityName(user.facility);
  return (
    <div className="px-2.5 pt-1.5 pb-2.5">
      <p className="text-sm font-medium">{user.name}</p>
      <p className="truncate text-xs text-ink-2">{facility ?? t('admin.noFacility')}</p>
      <p className="truncate text-xs text-ink-3">
        {t(`job.${user.job}`)} · {user.email}
      </p>
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

function MenuLink({ to, icon, children }: { to: '/settings' | '/admin'; icon: ReactNode; children: ReactNode }) {
  return (
    <DropdownMenu.Item asChild>
      <Link to={to} className={item}>
        {icon}
        {children}
      </Link>
    </DropdownMenu.Item>
  );
}
