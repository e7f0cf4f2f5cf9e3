import { AlertDialog } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import { AlertFrame } from './raised/alert-frame.tsx';

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  body: string;
  confirm: string;
  onConfirm: () => void;
}

/** Asks before something that cannot be taken back at once. */
export function Confirm({ open, onOpenChange, title, body, confirm, onConfirm }: Props) {
  const { t } = useTranslation();
  return (
    <AlertFrame open={open} onOpenChange={onOpenChange} title={title} body={body}>
      <AlertDialog.Cancel asChild>
        <Button>{t('app.cancel')}</Button>
      </AlertDialog.Cancel>
      <AlertDialog.Action asChild>
        <Button kind="danger" onClick={onConfirm}>
          {confirm}
        </Button>
      </AlertDialog.Action>
    </AlertFrame>
  );
}
