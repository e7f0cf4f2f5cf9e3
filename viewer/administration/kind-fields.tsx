import { useTranslation } from 'react-i18next';
import { FACILITY_KINDS, KINDS_A_FACILITY_MAX } from '../../gateway/api/contract/rights-table.ts';
import { FieldRow, FieldRows } from '../forms/field-rows.tsx';
import { DateField, SelectField } from '../forms/form-fields.tsx';
import type { TypedKind } from './typed-kinds.ts';

const FRESH = { kind: 'clinic', from: '' } satisfies TypedKind;

/** What the facility is before the law: from the beginning, and from the days on that somebody has added. */
export function KindFields() {
  const { t } = useTranslation();
  return (
    <FieldRows
      name="kinds"
      legend={t('rights.kind')}
      hint={t('rights.kindHint')}
      addLabel={t('rights.addKind')}
      max={KINDS_A_FACILITY_MAX}
      fresh={FRESH}
      focus="kind"
      row={(at, onRemove) => <KindRow at={at} onRemove={onRemove} />}
    />
  );
}

function KindRow({ at, onRemove }: { at: number; onRemove: () => void }) {
  const { t } = useTranslation();
  const kind = (
    <SelectField name={`kinds.${at}.kind`} label={t('rights.kind')}>
      {FACILITY_KINDS.map((one) => (
        <option key={one} value={one}>
          {t(`facilityKind.${one}`)}
        </option>
      ))}
    </SelectField>
  );
  if (at === 0) return kind;
  return (
    <FieldRow label={t('rights.kindNumber', { number: at + 1 })} removeLabel={t('rights.removeKind')} onRemove={onRemove}>
      <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
        {kind}
        <DateField name={`kinds.${at}.from`} label={t('rights.from')} />
      </div>
    </FieldRow>
  );
}
