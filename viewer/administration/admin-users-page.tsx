import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '../../gateway/api/contract/people.ts';
import { listUsers } from '../api/gateway.ts';
import { classes } from '../design/classes.ts';
import { Dialog } from '../design/dialog.tsx';
import { foldText } from '../sharing/match-facility.ts';
import { AdminList } from './admin-list.tsx';
import { UserForm } from './user-form.tsx';

export function AdminUsersPage() {
  const { t } = useTranslation();
  const { data, error } = useQuery({ queryKey: ['users'], queryFn: ({ signal }) => listUsers(signal), select: (answer) => answer.users });
  const [typed, setTyped] = useState('');
  const [editing, setEditing] = useState<User | 'new'>();
  const wanted = foldText(typed);
  const shown = (data ?? []).filter((user) =>
    foldText([user.name, user.nameKana, user.email, user.facility?.name ?? ''].join(' ')).includes(wanted),
  );
  return (
    <>
      <AdminList
        label={t('admin.users')}
        placeholder={t('admin.filter')}
        addLabel={t('admin.addUser')}
        typed={typed}
        error={error}
        onType={setTyped}
        onAdd={() => setEditing('new')}
      >
        {shown.map((user) => (
          <UserRow key={user.id} user={user} onOpen={() => setEditing(user)} />
        ))}
      </AdminList>
      {editing === undefined ? null : (
        <Dialog
          open
          onOpenChange={(open) => (open ? undefined : setEditing(undefined))}
          title={t(editing === 'new' ? 'admin.addUser' : 'admin.editUser')}
          description={editing === 'new' ? undefined : editing.email}
        >
          <UserForm user={editing === 'new' ? undefined : editing} onDone={() => setEditing(undefined)} />
        </Dialog>
      )}
    </>
  );
}

function UserRow({ user, onOpen }: { user: User; onOpen: () => void }) {
  const { t } = useTranslation();
  return (
    <li>
      <button
        type="button"
        onClick={onOpen}
        className="grid w-full grid-cols-[minmax(0,1.2fr)_minmax(0,1.2fr)_minmax(0,1fr)] items-center gap-4 bg-surface px-4 py-3 text-left hover:bg-hover focus-visible:-outline-offset-2"
      >
        <span className="min-w-0">
          <span className={classes('block truncate text-sm', user.disabled ? 'text-ink-3 line-through' : 'text-ink')}>{user.name}</span>
          <span className="block truncate text-2xs text-ink-3">{user.nameKana}</span>
        </span>
        <span className="min-w-0">
          <span className="block truncate text-xs text-ink-2">{user.facility?.name ?? t('nav.noFacility')}</span>
          <span className="block truncate text-2xs text-ink-3">{user.email}</span>
        </span>
        <span className="flex flex-wrap items-center gap-2 text-xs text-ink-2">
          {t(`job.${user.job}`)}
          {user.administrator ? <Badge text={t('admin.administrator')} tone="accent" /> : null}
          {user.disabled ? <Badge text={t('admin.disabled')} tone="danger" /> : null}
        </span>
      </button>
    </li>
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
