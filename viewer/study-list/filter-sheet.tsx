import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { SheetContent } from '../design/raised/sheet.tsx';
import { Days, Modalities, Ownership, SortChoice } from './filter-choices.tsx';
import { isFiltered, type StudyFilter } from './study-filter.ts';

interface Props {
  /** It stands beside the search already. */
  ownershipShown: boolean;
  filter: StudyFilter;
  onChange: (filter: StudyFilter) => void;
  onClose: () => void;
}

/** On a phone or a tablet held upright: what narrows the list and has no room above it, from the lower edge. */
export function FilterSheet({ ownershipShown, filter, onChange, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <SheetContent title={t('studies.filters')} onClose={onClose}>
      <div className="flex flex-col items-start gap-3 pt-1">
        <Days filter={filter} onChange={onChange} />
        {ownershipShown ? null : <Ownership filter={filter} onChange={onChange} />}
        <SortChoice filter={filter} onChange={onChange} />
        <fieldset className="flex flex-wrap items-center gap-1.5">
          <legend className="pb-1.5 text-xs text-ink-2">{t('studies.modality')}</legend>
          <Modalities filter={filter} onChange={onChange} />
        </fieldset>
        <div className="grid w-full grid-cols-2 gap-2 pt-1">
          <Button disabled={!isFiltered(filter)} onClick={() => onChange(clearedFilter(filter))}>
            {t('studies.clear')}
          </Button>
          <Button kind="primary" onClick={onClose}>
            {t('studies.showList')}
          </Button>
        </div>
      </div>
    </SheetContent>
  );
}

/** The order stays: it leaves nothing out. */
function clearedFilter({ sort }: StudyFilter): StudyFilter {
  return sort === undefined ? {} : { sort };
}
