import { AlertDialog } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import type { SessionEnding } from './use-session-watch.ts';

/**
 * The session is about to end. When nothing was done for long, any movement keeps it too; the button says so. When its whole time is
 * up nothing keeps it, and the page stays usable to the end.
 */
export function SessionEnd({ ending, onStay }: { ending: SessionEnding | undefined; onStay: () => void }) {
  const { t } = useTranslation();
  const mayStay = ending?.mayStay ?? true;
  return (
    <AlertDialog.Root open={ending !== undefined}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-[60] bg-black/70" />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-[70] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 rounded-lg border border-line-strong bg-surface p-5 shadow-[0_24px_64px_rgb(0_0_0/0.7)] focus:outline-none">
          <AlertDialog.Title className="text-base font-semibold">{t('sessionEnd.title')}</AlertDialog.Title>
          <AlertDialog.Description className="mt-1.5 text-sm text-ink-2">
            {t(mayStay ? 'sessionEnd.body' : 'sessionEnd.limit', { count: ending?.inS ?? 0 })}
          </AlertDialog.Description>
          <div className="mt-5 flex justify-end">
            <AlertDialog.Action asChild>
              <Button kind="primary" onClick={onStay}>
                {t(mayStay ? 'sessionEnd.stay' : 'app.close')}
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
