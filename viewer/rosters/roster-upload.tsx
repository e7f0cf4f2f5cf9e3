import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RosterFile } from '../../gateway/api/contract/rosters.ts';
import { bringRoster } from '../api/rosters.ts';
import { Button } from '../design/button.tsx';
import { Field, Select } from '../design/field.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { saveFile } from '../oversight/save-file.ts';
import { useSession } from '../session/use-session.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { useFacilities } from '../sharing/use-shares.ts';
import { templateCsv } from './roster-files.ts';

const KINDS = ['csv', 'receipts'] as const satisfies readonly RosterFile['kind'][];

/** One file, of one facility: the own one, or for who works at the desk any. */
export function RosterUpload() {
  const { t } = useTranslation();
  const language = useLanguage();
  const errorText = useErrorText();
  const { user } = useSession();
  const input = useRef<HTMLInputElement>(null);
  const [kind, setKind] = useState<RosterFile['kind']>('csv');
  const [chosen, setChosen] = useState(user.facility?.code ?? '');
  const { percent, send, bring } = useBringing();
  return (
    <div className="flex flex-col gap-4">
      <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
        {user.administrator ? <FacilityField chosen={chosen} onChoose={setChosen} /> : null}
        <Field label={t('rosters.kind')} hint={t('rosters.chooseHint')}>
          {({ id, describedBy }) => (
            <Select
              id={id}
              aria-describedby={describedBy}
              value={kind}
              onChange={(event) => setKind(event.target.value as RosterFile['kind'])}
            >
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {t(`rosters.kinds.${one}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Button kind="primary" disabled={chosen === ''} busy={send.isPending} onClick={() => input.current?.click()}>
          {t('rosters.choose')}
        </Button>
        <Button
          kind="bare"
          onClick={() => saveFile(new Blob([templateCsv(language)], { type: 'text/csv;charset=utf-8' }), t('rosters.templateName'))}
        >
          {t('rosters.template')}
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          accept=".csv,.tsv,.txt,.uke,text/csv"
          data-testid="roster-file"
          aria-label={t('rosters.choose')}
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            if (file !== undefined) bring({ facility: chosen, kind, file });
            currentTarget.value = '';
          }}
        />
      </div>
      {send.isPending ? (
        <p role="status" className="text-sm text-ink-2">
          {percent < 100 ? t('rosters.sending', { percent }) : t('rosters.reading')}
        </p>
      ) : null}
      {send.error === null ? null : (
        <p role="alert" className="text-sm text-danger">
          {errorText(send.error)}
        </p>
      )}
    </div>
  );
}

function FacilityField({ chosen, onChoose }: { chosen: string; onChoose: (code: string) => void }) {
  const { t } = useTranslation();
  const { data: facilities } = useFacilities();
  const facilityName = useFacilityName();
  return (
    <Field label={t('rosters.facility')}>
      {({ id }) => (
        <Select id={id} value={chosen} onChange={(event) => onChoose(event.target.value)}>
          <option value="" />
          {facilities?.map((facility) => (
            <option key={facility.code} value={facility.code}>
              {facilityName(facility)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

/** Once it is read, what it means is shown. */
function useBringing() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [percent, setPercent] = useState(0);
  const send = useMutation({
    mutationFn: ({ file, ...of }: RosterFile & { file: File }) => {
      setPercent(0);
      return bringRoster(of, file, (bytes) => setPercent(Math.floor((100 * bytes) / Math.max(file.size, 1))));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['rosters', 'list'] }),
  });
  // Whoever has left the page meanwhile stays where they are: it is in the list.
  const bring = (file: RosterFile & { file: File }) =>
    send.mutate(file, { onSuccess: ({ id }) => void navigate({ to: '/rosters/$rosterId', params: { rosterId: id } }) });
  return { percent, send, bring };
}
