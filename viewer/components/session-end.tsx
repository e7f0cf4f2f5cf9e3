import { AlertDialog } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { Button } from './ui/button.tsx';

/** Shown while nothing was done for so long that the session is about to end. Any movement keeps it too; the button is for those who wonder. */
export function SessionEnd({ endsInS, onStay }: { endsInS: number | undefined; onStay: () => void }) {
  const { t } = useTranslation();
  return (
    <AlertDialog.Root open={endsInS !== undefined}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-[60] bg-black/70" />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-[70] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 rounded-lg border border-line-strong bg-surface p-5 shadow-[0_24px_64px_rgb(0_0_0/0.7)] focus:outline-none">
          <AlertDialog.Title className="text-base font-semibold">{t('sessionEnd.title')}</AlertDialog.Title>
          <AlertDialog.Description className="mt-1.5 text-sm text-ink-2">
            {t('sessionEnd.body', { count: endsInS ?? 0 })}
          </AlertDialog.Description>
          <div className="mt-5 flex justify-end">
            <AlertDialog.Action asChild>
              <Button kind="primary" onClick={onStay}>
                {t('sessionEnd.stay')}
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
