import { AlertDialog } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { AlertFrame } from '../design/raised/alert-frame.tsx';
import type { SessionEnding } from './use-session-watch.ts';

/**
 * The session is about to end. When nothing was done for long, any movement keeps it too; the button says so. When its whole time is
 * up nothing keeps it, and the page stays usable to the end.
 */
export function SessionEnd({ ending, onStay }: { ending: SessionEnding | undefined; onStay: () => void }) {
  const { t } = useTranslation();
  const mayStay = ending?.mayStay ?? true;
  return (
    <AlertFrame
      open={ending !== undefined}
      title={t('sessionEnd.title')}
      body={t(mayStay ? 'sessionEnd.body' : 'sessionEnd.limit', { count: ending?.inS ?? 0 })}
    >
      <AlertDialog.Action asChild>
        <Button kind="primary" onClick={onStay}>
          {t(mayStay ? 'sessionEnd.stay' : 'app.close')}
        </Button>
      </AlertDialog.Action>
    </AlertFrame>
  );
}
