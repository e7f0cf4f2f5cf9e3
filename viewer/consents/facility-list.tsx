import { X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { useSession } from '../session/use-session.ts';
import { FacilityPicker } from '../sharing/facility-picker.tsx';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { useFacilities } from '../sharing/use-shares.ts';

interface Props {
  label: string;
  chosen: readonly string[];
  /** Of these, those that stay. */
  fixed?: readonly string[];
  onChange: (codes: readonly string[]) => void;
  error?: string | undefined;
}

const NOBODY = new Map<string, string>();

/** Facilities one after the other: each that is chosen stands below, and can be taken out again. One's own is not among them. */
export function FacilityList({ label, chosen, fixed = [], onChange, error }: Props) {
  const { user } = useSession();
  const facilityName = useFacilityName();
  const facilities = (useFacilities().data ?? []).filter(({ code }) => code !== user.facility?.code);
  const [round, setRound] = useState(0);
  const add = (code: string | undefined) => {
    if (code === undefined) return;
    onChange([...chosen, code]);
    setRound(round + 1);
  };
  return (
    <div className="flex flex-col gap-2">
      <FacilityPicker
        key={round}
        label={label}
        facilities={facilities.filter(({ code }) => !chosen.includes(code))}
        holders={NOBODY}
        chosen={undefined}
        onChoose={add}
        error={error}
      />
      <ul className="flex flex-wrap gap-2 empty:hidden">
        {chosen.map((code) => {
          const facility = facilities.find((one) => one.code === code);
          const name = facility === undefined ? code : facilityName(facility);
          const remove = fixed.includes(code) ? undefined : () => onChange(chosen.filter((one) => one !== code));
          return <Chosen key={code} name={name} onRemove={remove} />;
        })}
      </ul>
    </div>
  );
}

function Chosen({ name, onRemove }: { name: string; onRemove: (() => void) | undefined }) {
  const { t } = useTranslation();
  return (
    <li
      className={classes(
        'flex items-center gap-1 rounded-md border border-line bg-raised pl-2.5 text-sm',
        onRemove === undefined && 'py-1 pr-2.5 text-ink-2',
      )}
    >
      <span className="min-w-0 break-words">{name}</span>
      {onRemove === undefined ? null : (
        <Button kind="bare" size="icon" aria-label={t('takeConsent.remove', { facility: name })} onClick={onRemove}>
          <X className="size-3.5" aria-hidden />
        </Button>
      )}
    </li>
  );
}
