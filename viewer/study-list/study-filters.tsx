import { SlidersHorizontal, X } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { SearchBox } from '../design/search-box.tsx';
import { PHONE, useMediaQuery } from '../design/use-media-query.ts';
import { Days, Modalities, Ownership, SortChoice } from './filter-choices.tsx';
import { isFiltered, type StudyFilter } from './study-filter.ts';

/** Its code comes when it is wanted. */
const FilterSheet = lazy(async () => ({ default: (await import('./filter-sheet.tsx')).FilterSheet }));
/** Too narrow for every filter in two rows: a tablet held upright. */
const UPRIGHT = '(max-width: 1023px)';

interface Props {
  filter: StudyFilter;
  onChange: (filter: StudyFilter) => void;
  busy: boolean;
}

/** One row and the modalities; on a phone or a tablet held upright one row alone, and the rest in a sheet. */
export function StudyFilters({ filter, onChange, busy }: Props) {
  const { t } = useTranslation();
  const phone = useMediaQuery(PHONE);
  const sheet = useMediaQuery(UPRIGHT);
  const { q: _q, ...withoutText } = filter;
  return (
    <search className="shrink-0 border-b border-line bg-surface px-3 py-2.5 sm:px-4">
      <div className="flex flex-wrap items-center gap-2">
        <SearchBox
          text={filter.q ?? ''}
          busy={busy}
          label={t('studies.search')}
          placeholder={t('studies.searchPlaceholder')}
          hint={t('studies.searchHint')}
          onChange={(q) => onChange(q === '' ? withoutText : { ...withoutText, q })}
          onDown={toFirstRow}
        />
        {sheet ? null : (
          <>
            <SortChoice filter={filter} onChange={onChange} />
            <Days filter={filter} onChange={onChange} />
          </>
        )}
        {phone ? null : <Ownership filter={filter} onChange={onChange} />}
        {sheet ? <MoreFilters ownershipShown={!phone} filter={filter} onChange={onChange} /> : null}
      </div>
      {sheet ? null : (
        <fieldset className="mt-2 flex flex-wrap items-center gap-1.5">
          <legend className="sr-only">{t('studies.modality')}</legend>
          <Modalities filter={filter} onChange={onChange} />
          {isFiltered(filter) ? (
            <Button kind="bare" size="small" onClick={() => onChange(filter.sort === undefined ? {} : { sort: filter.sort })}>
              <X className="size-3.5" aria-hidden />
              {t('studies.clear')}
            </Button>
          ) : null}
        </fieldset>
      )}
    </search>
  );
}

/** The button says that something is left out, also while the sheet is closed. */
function MoreFilters({ ownershipShown, filter, onChange }: Omit<Props, 'busy'> & { ownershipShown: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { q: _q, ownership, ...rest } = filter;
  const narrowed = isFiltered(ownershipShown || ownership === undefined ? rest : { ...rest, ownership });
  return (
    <>
      <Button
        size="icon"
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={t(narrowed ? 'studies.filtersOn' : 'studies.filters')}
        className="relative"
        onClick={() => setOpen(true)}
      >
        <SlidersHorizontal className="size-4" aria-hidden />
        {narrowed ? <span className="absolute top-1.5 right-1.5 size-2 rounded-full bg-accent" /> : null}
      </Button>
      <Suspense>
        {open ? <FilterSheet ownershipShown={ownershipShown} filter={filter} onChange={onChange} onClose={() => setOpen(false)} /> : null}
      </Suspense>
    </>
  );
}

function toFirstRow(): void {
  document.querySelector<HTMLElement>('[data-study-row][tabindex="0"]')?.focus();
}
