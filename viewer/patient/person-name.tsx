import { useTranslation } from 'react-i18next';
import { displayName, type NameGroups } from './name-groups.ts';

/** All groups of a name: the way it is written, then how it is read. */
export function PersonName({ name }: { name: NameGroups }) {
  const { t } = useTranslation();
  const { primary, secondary } = displayName(name);
  return (
    <span className="flex min-w-0 flex-col">
      <span className="truncate text-[0.9375rem] leading-5 font-medium text-ink">{primary || t('studies.noName')}</span>
      {secondary.length === 0 ? null : <span className="truncate text-2xs text-ink-3">{secondary.join('　')}</span>}
    </span>
  );
}
