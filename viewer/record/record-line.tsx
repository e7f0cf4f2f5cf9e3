import { useTranslation } from 'react-i18next';
import type { RecordEntry } from '../../gateway/api/contract/record.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { recordDetail } from './record-detail.ts';
import { RecordedAct } from './record-entry.tsx';

/** One line of the whole record: as of one study, and which study, whom or what it was done to. */
export function RecordLine({ entry }: { entry: RecordEntry }) {
  const { t } = useTranslation();
  return (
    <RecordedAct entry={entry} study={entry.studyInstanceUID} detail={recordDetail(entry, t, useLanguage())} list={entry.about.list} />
  );
}
