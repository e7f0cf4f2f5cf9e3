import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Facility } from '../../gateway/api/contract/people.ts';
import { listFacilities } from '../api/people.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { AdminList } from './admin-list.tsx';
import { AETitleList } from './ae-title-list.tsx';
import { FacilityForm } from './facility-form.tsx';
import { usePeopleList } from './use-people-list.ts';

export function AdminFacilitiesPage() {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const found = usePeopleList('facilities', typed, listFacilities);
  return (
    <AdminList<Facility>
      label={t('admin.facilities')}
      placeholder={t('share.facilityPlaceholder')}
      addLabel={t('admin.addFacility')}
      editLabel={t('admin.editFacility')}
      typed={typed}
      onType={setTyped}
      found={found}
      items={(found.data?.pages ?? []).flatMap(({ facilities }) => facilities)}
      keyOf={({ code }) => code}
      rowLook="grid-cols-[minmax(0,1.4fr)_8rem_minmax(0,1fr)] max-sm:grid-cols-[8rem_minmax(0,1fr)]"
      row={(facility) => <FacilityColumns facility={facility} />}
      form={(facility, onDone) => (
        <>
          <FacilityForm facility={facility} onDone={onDone} />
          {facility === undefined ? null : <AETitleList facility={facility} />}
        </>
      )}
    />
  );
}

function FacilityColumns({ facility }: { facility: Facility }) {
  const { t } = useTranslation();
  const name = (useLanguage() === 'en' && facility.nameRomaji) || facility.name;
  const others = [facility.name, facility.nameKana, facility.nameRomaji].filter((text) => text !== '' && text !== name);
  return (
    <>
      <span className="min-w-0 max-sm:col-span-2">
        <span className="block text-sm break-words text-ink">{name}</span>
        <span className="block text-2xs break-words text-ink-3">{others.join('　')}</span>
      </span>
      <span className="text-xs text-ink-2">
        <span className="block font-mono break-all">{facility.code}</span>
        {t(`facilityKind.${facility.kind}`)}
      </span>
      <span className="min-w-0 font-mono text-xs break-words text-ink-3">
        {(facility.aeTitles ?? []).map((entry) => entry.aeTitle).join(', ')}
      </span>
    </>
  );
}
