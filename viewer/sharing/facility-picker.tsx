import { useCombobox } from 'downshift';
import { Check } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Facility } from '../../gateway/api/contract/people.ts';
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
export function FacilityPicker({ error, ...rest }: Props) {
  const { t } = useTranslation();
  return (
    <Field label={t('share.facility')} error={error}>
      {(ids) => <FacilityCombobox {...rest} {...ids} />}
    </Field>
  );
}

interface ComboboxProps extends Omit<Props, 'error'> {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
}

/** The list opens with a press, a letter or an arrow, and closes with a choice, with Escape or when the field is left. */
function FacilityCombobox({ facilities, chosen, onChoose, id, describedBy, invalid }: ComboboxProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const current = facilities.find((facility) => facility.code === chosen);
  const found = matchFacilities(facilities, current === undefined ? typed : '').slice(0, SHOWN_MAX);
  const { isOpen, highlightedIndex, getInputProps, getMenuProps, getItemProps } = useCombobox<Facility>({
    inputId: id,
    items: found,
    itemToString: (facility) => facility?.name ?? '',
    itemToKey: (facility) => facility?.code,
    selectedItem: current ?? null,
    inputValue: current?.name ?? typed,
    defaultHighlightedIndex: 0,
    onSelectedItemChange: ({ selectedItem }) => onChoose(selectedItem?.code),
    // Whoever leaves the field has chosen nothing by that.
    stateReducer: (state, { type, changes }) =>
      type === useCombobox.stateChangeTypes.InputBlur
        ? { ...changes, selectedItem: state.selectedItem, inputValue: state.inputValue }
        : changes,
  });
  return (
    <div>
      <Input
        {...getInputProps({
          'aria-label': t('share.facility'),
          // At once: a value that waits for the next frame moves the cursor of whoever types Japanese.
          onChange: ({ currentTarget }) => {
            setTyped(currentTarget.value);
            onChoose(undefined);
          },
        })}
        aria-describedby={describedBy}
        aria-invalid={invalid}
        placeholder={t('share.facilityPlaceholder')}
      />
      <div
        {...getMenuProps({ 'aria-label': t('share.facility') })}
        className={classes('mt-1 max-h-44 overflow-y-auto rounded-md border border-line bg-ground', !isOpen && 'hidden')}
      >
        {isOpen && found.length === 0 ? <p className="px-3 py-2 text-xs text-ink-3">{t('share.noFacility')}</p> : null}
        {isOpen
          ? found.map((facility, index) => (
              <div
                key={facility.code}
                {...getItemProps({ item: facility, index, 'aria-selected': facility.code === chosen })}
                className={classes(
                  'flex w-full items-center gap-2 px-3 py-1.5 pointer-coarse:py-3',
                  index === highlightedIndex && 'bg-hover',
                )}
              >
                <FacilityNames facility={facility} />
                {facility.code === chosen ? <Check className="size-4 text-accent" aria-hidden /> : null}
              </div>
            ))
          : null}
      </div>
    </div>
  );
}

function FacilityNames({ facility: { name, nameKana, nameRomaji } }: { facility: Facility }) {
  return (
    <span className="min-w-0 flex-1">
      <span className="block truncate text-sm text-ink">{name}</span>
      <span className="block truncate text-2xs text-ink-3">{[nameKana, nameRomaji].filter((text) => text !== '').join('　')}</span>
    </span>
  );
}
