import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../button.tsx';
import { useReturnFocus } from '../return-focus.ts';
import { LEAVES_FOCUS } from './raised.tsx';

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  trigger: ReactNode;
  children: ReactNode;
}

/** Comes up from the lower edge of a phone, where the thumb is. */
export function Sheet({ open, onOpenChange, title, trigger, children }: Props) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Trigger asChild>{trigger}</Dialog.Trigger>
      <Page title={title}>{children}</Page>
    </Dialog.Root>
  );
}

/** The same without what opens it: open as long as it is drawn. */
export function SheetContent({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Page title={title}>{children}</Page>
    </Dialog.Root>
  );
}

function Page({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation();
  const returnFocus = useReturnFocus();
  return (
    <Dialog.Portal>
      <Dialog.Overlay {...LEAVES_FOCUS} className="fixed inset-0 z-40 bg-black/50" />
      <Dialog.Content
        {...returnFocus}
        aria-describedby={undefined}
        className="fixed inset-x-0 bottom-0 z-50 mx-auto flex max-h-[75dvh] max-w-xl flex-col rounded-t-lg border-t border-line-strong bg-surface sm:border-x pb-[env(safe-area-inset-bottom)] focus:outline-none"
      >
        <header className="flex items-center px-4 pt-2">
          <Dialog.Title className="flex-1 text-sm font-semibold text-ink">{title}</Dialog.Title>
          <Dialog.Close asChild>
            <Button kind="bare" size="icon" aria-label={t('app.close')}>
              <X className="size-4" aria-hidden />
            </Button>
          </Dialog.Close>
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto px-4 pt-1 pb-4">{children}</div>
      </Dialog.Content>
    </Dialog.Portal>
  );
}
