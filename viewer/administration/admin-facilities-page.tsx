import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Facility } from '../../gateway/api/contract/people.ts';
import { listFacilities } from '../api/gateway.ts';
import { Dialog } from '../design/dialog.tsx';
import { useLanguage } from '../i18n/use-language.ts';
import { AdminList } from './admin-list.tsx';
import { AETitleList } from './ae-title-list.tsx';
import { FacilityForm } from './facility-form.tsx';
import { usePeopleList } from './use-people-list.ts';

export function AdminFacilitiesPage() {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const found = usePeopleList('facilities', typed, listFacilities);
  const [editing, setEditing] = useState<Facility | 'new'>();
  return (
    <>
      <AdminList
        label={t('admin.facilities')}
        placeholder={t('share.facilityPlaceholder')}
        addLabel={t('admin.addFacility')}
        typed={typed}
        found={found}
        onType={setTyped}
        onAdd={() => setEditing('new')}
      >
        {(found.data?.pages ?? [])
          .flatMap(({ facilities }) => facilities)
          .map((facility) => (
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
  const name = (useLanguage() === 'en' && facility.nameRomaji) || facility.name;
  const others = [facility.name, facility.nameKana, facility.nameRomaji].filter((text) => text !== '' && text !== name);
  return (
    <li>
      <button
        type="button"
        onClick={onOpen}
        className="grid w-full grid-cols-[minmax(0,1.4fr)_8rem_minmax(0,1fr)] items-center gap-x-4 gap-y-1 bg-surface max-sm:grid-cols-[8rem_minmax(0,1fr)] px-4 py-3 text-left hover:bg-hover focus-visible:-outline-offset-2"
      >
        <span className="min-w-0 max-sm:col-span-2">
          <span className="block text-sm break-words text-ink">{name}</span>
          <span className="block text-2xs break-words text-ink-3">{others.join('　')}</span>
        </span>
        <span className="font-mono text-xs break-all text-ink-2">{facility.code}</span>
        <span className="min-w-0 font-mono text-xs break-words text-ink-3">
          {(facility.aeTitles ?? []).map((entry) => entry.aeTitle).join(', ')}
        </span>
      </button>
    </li>
  );
}
