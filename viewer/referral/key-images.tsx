import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Letter } from '../../gateway/api/contract/letters.ts';
import { frameThumbnailUrl, instanceUrl } from '../api/dicomweb.ts';
import { Thumbnail } from '../design/thumbnail.tsx';

const SIDE_PX = 128;

/** Images that the writer wants looked at first; each opens its series. */
export function KeyImages({ study }: { study: Letter['studies'][number] }) {
  const { t } = useTranslation();
  if (study.keyImages.length === 0) return null;
  return (
    <ul aria-label={t('letter.keyImages')} className="mb-2 flex flex-wrap gap-1.5">
      {study.keyImages.map(({ seriesInstanceUID, sopInstanceUID }, at) => (
        <li key={sopInstanceUID}>
          <Link
            to="/studies/$studyInstanceUID"
            params={{ studyInstanceUID: study.studyInstanceUID }}
            search={{ of: study.of, series: seriesInstanceUID }}
            aria-label={t('letter.keyImage', { n: at + 1 })}
            className="block rounded-sm"
          >
            <Thumbnail src={frameThumbnailUrl(instanceUrl(study, seriesInstanceUID, sopInstanceUID), 1, SIDE_PX)} className="size-16" />
          </Link>
        </li>
      ))}
    </ul>
  );
}
