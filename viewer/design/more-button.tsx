import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';

interface Props {
  /** Of `useInfiniteQuery`. */
  pages: { readonly hasNextPage: boolean; readonly isFetchingNextPage: boolean; readonly fetchNextPage: () => unknown };
  className?: string;
}

/** Under a list of which there is more: brings the next page. */
export function MoreButton({ pages: { hasNextPage, isFetchingNextPage, fetchNextPage }, className = 'mt-4' }: Props) {
  const { t } = useTranslation();
  if (!hasNextPage) return null;
  return (
    <Button className={className} busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
      {t('app.more')}
    </Button>
  );
}
