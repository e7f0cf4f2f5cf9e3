import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Facility } from '../../gateway/api/contract/people.ts';
import { Dialog } from '../design/dialog.tsx';
import { matchFacilities } from '../sharing/match-facility.ts';
import { useFacilities } from '../sharing/use-shares.ts';
import { AdminList } from './admin-list.tsx';
import { AETitleList } from './ae-title-list.tsx';
import { FacilityForm } from './facility-form.tsx';

export function AdminFacilitiesPage() {
  const { t } = useTranslation();
  const { data, error } = useFacilities();
  const [typed, setTyped] = useState('');
  const [editing, setEditing] = useState<Facility | 'new'>();
  return (
    <>
      <AdminList
        label={t('admin.facilities')}
        placeholder={t('share.facilityPlaceholder')}
        addLabel={t('admin.addFacility')}
        typed={typed}
        error={error}
        onType={setTyped}
        onAdd={() => setEditing('new')}
      >
        {matchFacilities(data ?? [], typed).map((facility) => (
          <FacilityRow key={facility.code} facility={facility} onOpen={() => setEditing(facility)} />
        ))}
      </AdminList>
      {editing === undefined ? null : (
        <Dialog
          open
          onOpenChange={(open) => (open ? undefined : setEditing(undefined))}
          title={t(editing === 'new' ? 'admin.addFacility' : 'admin.editFacility')}
        >
          <FacilityForm facility={editing === 'new' ? undefined : editing} onDone={() => setEditing(undefined)} />
          {editing === 'new' ? null : <AETitleList facility={editing} />}
        </Dialog>
      )}
    </>
  );
}

function FacilityRow({ facility, onOpen }: { facility: Facility; onOpen: () => void }) {
  return (
    <li>
      <button
        type="button"
        onClick={onOpen}
        className="grid w-full grid-cols-[minmax(0,1.4fr)_8rem_minmax(0,1fr)] items-center gap-4 bg-surface px-4 py-3 text-left hover:bg-hover focus-visible:-outline-offset-2"
      >
        <span className="min-w-0">
          <span className="block truncate text-sm text-ink">{facility.name}</span>
          <span className="block truncate text-2xs text-ink-3">
            {[facility.nameKana, facility.nameRomaji].filter((text) => text !== '').join('　')}
          </span>
        </span>
        <span className="truncate font-mono text-xs text-ink-2">{facility.code}</span>
        <span className="truncate font-mono text-xs text-ink-3">{(facility.aeTitles ?? []).map((entry) => entry.aeTitle).join(', ')}</span>
      </button>
    </li>
  );
}
