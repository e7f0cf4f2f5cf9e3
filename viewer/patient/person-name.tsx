import { useTranslation } from 'react-i18next';
import { classes } from '../design/classes.ts';
import { displayName, type NameGroups } from './name-groups.ts';

interface Props {
  name: NameGroups;
  /** On a phone the reading stands beside the name, where there is room for both, and not below it. */
  lineOnPhone?: boolean;
}

/** All groups of a name, each whole: the way it is written, then how it is read. */
export function PersonName({ name, lineOnPhone = false }: Props) {
  const { t } = useTranslation();
  const { primary, secondary } = displayName(name);
  return (
    <span
      className={classes('flex min-w-0 flex-col', lineOnPhone && 'max-sm:flex-row max-sm:flex-wrap max-sm:items-baseline max-sm:gap-x-2')}
    >
      <span className="max-w-full text-[0.9375rem] leading-5 font-medium break-words text-ink">{primary || t('studies.noName')}</span>
      {secondary.length === 0 ? null : <span className="max-w-full text-2xs break-words text-ink-3">{secondary.join('　')}</span>}
    </span>
  );
}
