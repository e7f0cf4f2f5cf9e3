import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '../../gateway/api/contract/people.ts';
import { listUsers } from '../api/people.ts';
import { classes } from '../design/classes.ts';
import { useStaffName } from '../session/use-staff-name.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { AdminList } from './admin-list.tsx';
import { usePeopleList } from './use-people-list.ts';
import { UserForm } from './user-form.tsx';

export function AdminUsersPage() {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const found = usePeopleList('users', typed, listUsers);
  const facilityOf = useFacilityOf();
  return (
    <AdminList<User>
      label={t('admin.users')}
      placeholder={t('admin.userPlaceholder')}
      addLabel={t('admin.addUser')}
      editLabel={t('admin.editUser')}
      typed={typed}
      onType={setTyped}
      found={found}
      items={(found.data?.pages ?? []).flatMap(({ users }) => users)}
      keyOf={({ id }) => id}
      describe={(user) => `${user.email}　${facilityOf(user)}`}
      rowLook="grid-cols-[minmax(0,1.2fr)_minmax(0,1.2fr)_minmax(0,1fr)] max-sm:items-start max-sm:grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)]"
      row={(user) => <UserColumns user={user} />}
      form={(user, onDone) => <UserForm user={user} onDone={onDone} />}
    />
  );
}

function useFacilityOf() {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  return ({ facility }: User) => (facility === null ? t('nav.noFacility') : facilityName(facility));
}

function UserColumns({ user }: { user: User }) {
  const { t } = useTranslation();
  const staffName = useStaffName();
  const facilityOf = useFacilityOf();
  const name = staffName(user);
  return (
    <>
      <span className="min-w-0">
        <span className={classes('block text-sm break-words', user.disabled ? 'text-ink-3 line-through' : 'text-ink')}>{name}</span>
        <span className="block text-2xs break-words text-ink-3">{name === user.name ? user.nameKana : user.name}</span>
      </span>
      <span className="min-w-0">
        <span className="block text-xs break-words text-ink-2">{facilityOf(user)}</span>
        <span className="block text-2xs break-all text-ink-3">{user.email}</span>
      </span>
      <span className="flex flex-wrap items-center gap-2 text-xs text-ink-2">
        {t(`job.${user.job}`)}
        {user.administrator ? <Badge text={t('admin.administrator')} tone="accent" /> : null}
        {user.secondFactor ? <Badge text={t('admin.secondFactor')} tone="accent" /> : null}
        {user.disabled ? <Badge text={t('admin.disabled')} tone="danger" /> : null}
      </span>
    </>
  );
}

function Badge({ text, tone }: { text: string; tone: 'accent' | 'danger' }) {
  return (
    <span
      className={classes(
        'rounded-full px-2 py-0.5 text-2xs',
        tone === 'accent' ? 'bg-accent-soft text-accent' : 'bg-danger-soft text-danger',
      )}
    >
      {text}
    </span>
  );
}
