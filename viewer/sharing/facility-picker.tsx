import { Check } from 'lucide-react';
import { type KeyboardEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Facility } from '../../gateway/api/contract.ts';
import { classes } from '../design/classes.ts';
import { Field, Input } from '../design/field.tsx';
import { matchFacilities } from './match-facility.ts';

interface Props {
  facilities: readonly Facility[];
  chosen: string | undefined;
  onChoose: (code: string | undefined) => void;
  error: string | undefined;
}

/** A region has a few hundred facilities at most; more than this are found by typing. */
const SHOWN_MAX = 50;

/** Type some of the name in any script, choose with the arrows or by touch. */
export function FacilityPicker({ facilities, chosen, onChoose, error }: Props) {
  const { t } = useTranslation();
  const listId = useId();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const current = facilities.find((facility) => facility.code === chosen);
  const found = matchFacilities(facilities, current === undefined ? typed : '').slice(0, SHOWN_MAX);
  const marked = Math.min(at, found.length - 1);

  const choose = (facility: Facility) => {
    onChoose(facility.code);
    setTyped(facility.name);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setAt(Math.max(0, Math.min(found.length - 1, marked + (event.key === 'ArrowDown' ? 1 : -1))));
    }
    const facility = found[marked];
    if (event.key === 'Enter' && current === undefined && facility !== undefined) {
      event.preventDefault();
      choose(facility);
    }
  };
  return (
    <Field label={t('share.facility')} error={error}>
      {({ id, describedBy, invalid }) => (
        <div>
          <Input
            id={id}
            role="combobox"
            aria-expanded
            aria-controls={listId}
            aria-activedescendant={found[marked] === undefined ? undefined : `${listId}-${marked}`}
            aria-autocomplete="list"
            aria-describedby={describedBy}
            aria-invalid={invalid}
            autoComplete="off"
            placeholder={t('share.facilityPlaceholder')}
            value={current === undefined ? typed : current.name}
            onChange={(event) => {
              onChoose(undefined);
              setTyped(event.target.value);
              setAt(0);
            }}
            onKeyDown={onKeyDown}
          />
          <Choices id={listId} found={found} marked={current === undefined ? marked : undefined} chosen={chosen} onChoose={choose} />
        </div>
      )}
    </Field>
  );
}

interface ChoicesProps {
  id: string;
  found: readonly Facility[];
  /** Where the arrows are; undefined once one is chosen. */
  marked: number | undefined;
  chosen: string | undefined;
  onChoose: (facility: Facility) => void;
}

function Choices({ id, found, marked, chosen, onChoose }: ChoicesProps) {
  const { t } = useTranslation();
  return (
    <div
      id={id}
      role="listbox"
      aria-label={t('share.facility')}
      className="mt-1 max-h-44 overflow-y-auto rounded-md border border-line bg-ground"
    >
      {found.length === 0 ? <p className="px-3 py-2 text-xs text-ink-3">{t('share.noFacility')}</p> : null}
      {found.map((facility, index) => (
        <button
          key={facility.code}
          id={`${id}-${index}`}
          type="button"
          role="option"
          tabIndex={-1}
          aria-selected={facility.code === chosen}
          onClick={() => onChoose(facility)}
          className={classes(
            'flex w-full items-center gap-2 px-3 py-1.5 text-left hover:bg-hover pointer-coarse:py-3',
            index === marked && 'bg-hover',
          )}
        >
          <span className="min-w-0 flex-1">
            <span className="block truncate text-sm text-ink">{facility.name}</span>
            <span className="block truncate text-2xs text-ink-3">
              {[facility.nameKana, facility.nameRomaji].filter((text) => text !== '').join('　')}
            </span>
          </span>
          {facility.code === chosen ? <Check className="size-4 text-accent" aria-hidden /> : null}
        </button>
      ))}
    </div>
  );
}
