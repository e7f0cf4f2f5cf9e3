import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';

/** In a list's place when it could not be loaded: why, and once more. */
export function Failure({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 text-sm text-danger">
      <p className="min-w-0 flex-[1_1_16rem]">{errorText(error)}</p>
      <Button size="small" onClick={onRetry}>
        {t('app.retry')}
      </Button>
    </div>
  );
}
