import { ChevronDown, ChevronUp } from 'lucide-react';
import { Controller, useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { ConsentReachAnswer } from '../../../gateway/api/contract/consents.ts';
import type { Facility } from '../../../gateway/api/contract/people.ts';
import { FACILITY_KINDS } from '../../../gateway/api/contract/rights-table.ts';
import { Button } from '../../design/button.tsx';
import { Chip } from '../../design/chip.tsx';
import { DateField, TextField, useFlaw } from '../../forms/form-fields.tsx';
import { MODALITIES } from '../../study-list/study-filter.ts';
import { FacilityList } from '../facility-list.tsx';
import { StudyChoices } from '../study-choices.tsx';
import { Choice, Step } from './choice.tsx';
import { showsTerm, type Typed } from './consent-wish.ts';

interface Props {
  /** Facilities but one's own. */
  others: readonly Facility[];
  studies: ConsentReachAnswer['studies'];
}

/** To whom, and where more is to be said: of what, and until when. */
export function ScopeFields({ others, studies }: Props) {
  const { t } = useTranslation();
  const { watch, setValue } = useFormContext<Typed>();
  const typed = watch();
  const { more } = typed;
  return (
    <Step title={t('takeConsent.whom')}>
      <Choice name="whom" value="region" title={t('takeConsent.region')} note={t('takeConsent.regionNote')} />
      <Choice name="whom" value="chosen" title={t('takeConsent.chosen')}>
        <ChosenFacilities />
      </Choice>
      <Choice name="whom" value="kinds" title={t('takeConsent.kinds')} note={t('takeConsent.kindsNote')}>
        <Kinds others={others} />
      </Choice>
      {showsTerm(typed) && !more ? <Term /> : null}
      <Button kind="bare" className="self-start" aria-expanded={more} onClick={() => setValue('more', !more)}>
        {more ? <ChevronUp className="size-4" aria-hidden /> : <ChevronDown className="size-4" aria-hidden />}
        {t(more ? 'takeConsent.less' : 'takeConsent.more')}
      </Button>
      {more ? <More studies={studies} /> : null}
    </Step>
  );
}

function ChosenFacilities() {
  const { t } = useTranslation();
  const error = useFlaw('to', t('takeConsent.mustChoose'));
  const refused = useFlaw('facilities');
  return (
    <Controller
      name="facilities"
      render={({ field: { value, onChange } }) => (
        <FacilityList
          label={t((value as string[]).length === 0 ? 'takeConsent.addFacilityFirst' : 'takeConsent.addFacility')}
          chosen={value as string[]}
          onChange={onChange}
          error={error === undefined ? refused : t('takeConsent.mustChoose')}
        />
      )}
    />
  );
}

/** Kinds of which there is a facility. */
function Kinds({ others }: Pick<Props, 'others'>) {
  const { t } = useTranslation();
  const { watch, setValue } = useFormContext<Typed>();
  const error = useFlaw('to', t('takeConsent.mustChoose'));
  const kinds = watch('kinds');
  const count = others.filter(({ kind }) => kinds.includes(kind)).length;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        {FACILITY_KINDS.filter((kind) => others.some((one) => one.kind === kind)).map((kind) => (
          <Chip
            key={kind}
            pressed={kinds.includes(kind)}
            onClick={() =>
              setValue('kinds', kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind], { shouldDirty: true })
            }
          >
            {t(`facilityKind.${kind}`)}
          </Chip>
        ))}
      </div>
      {count === 0 ? (
        error === undefined ? null : (
          <p className="text-xs text-danger">{t('takeConsent.mustChoose')}</p>
        )
      ) : (
        <p className="text-xs text-ink-2">{t('takeConsent.kindsHave', { facilities: t('consent.facilities', { count }) })}</p>
      )}
    </div>
  );
}

function Term() {
  const { t } = useTranslation();
  return <DateField name="until" label={t('takeConsent.until')} hint={t('takeConsent.untilNote')} className="w-full" optional />;
}

function More({ studies }: Pick<Props, 'studies'>) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-4 rounded-md border border-line p-3" data-testid="consent-more">
      <Modalities />
      <div className="grid grid-cols-2 items-start gap-4 max-sm:grid-cols-1">
        <DateField name="studyDateFrom" label={t('takeConsent.from')} className="w-full" optional options={{ deps: ['studyDateTo'] }} />
        <DateField name="studyDateTo" label={t('takeConsent.to')} className="w-full" optional />
        <Term />
        <TextField name="formVersion" label={t('takeConsent.formVersion')} />
      </div>
      <Controller
        name="exceptFacilities"
        render={({ field: { value, onChange } }) => (
          <FacilityList label={t('takeConsent.addExcept')} chosen={value as string[]} onChange={onChange} />
        )}
      />
      <div>
        <p className="mb-1.5 text-xs font-medium text-ink-2">{t('takeConsent.exceptStudies')}</p>
        <Controller
          name="exceptStudies"
          render={({ field: { value, onChange } }) => <StudyChoices studies={studies} chosen={value as string[]} onChange={onChange} />}
        />
      </div>
    </div>
  );
}

function Modalities() {
  const { t } = useTranslation();
  const { watch, setValue } = useFormContext<Typed>();
  const chosen = watch('modalities');
  return (
    <div>
      <p className="text-xs font-medium text-ink-2">{t('takeConsent.modalities')}</p>
      <p className="mb-2 text-xs text-ink-3">{t('takeConsent.modalitiesNote')}</p>
      <div className="flex flex-wrap gap-2">
        {MODALITIES.map((group) => {
          const pressed = group.some((one) => chosen.includes(one));
          const rest = chosen.filter((one) => !(group as readonly string[]).includes(one));
          return (
            <Chip key={group[0]} pressed={pressed} onClick={() => setValue('modalities', pressed ? rest : [...rest, ...group])}>
              {t(`modality.${group[0]}`)}
            </Chip>
          );
        })}
      </div>
    </div>
  );
}
