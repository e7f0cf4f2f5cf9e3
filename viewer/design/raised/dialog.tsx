import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../button.tsx';
import { classes } from '../classes.ts';
import { inConversion } from '../conversion.ts';
import { useReturnFocus } from '../return-focus.ts';
import { LEAVES_FOCUS, WINDOW_LOOK } from './raised.tsx';

/** A press beside it closes nothing that somebody has typed into: that is lost with it. */
function keepTyped(event: Event): void {
  if (document.querySelector('[role="dialog"] form[data-changed]') !== null) event.preventDefault();
}

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** Several: what is not torn apart at the end of a line. */
  description?: string | readonly string[] | undefined;
  wide?: boolean;
  children: ReactNode;
}

export function Dialog({ open, onOpenChange, title, description, wide = false, children }: Props) {
  const { t } = useTranslation();
  const returnFocus = useReturnFocus();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay {...LEAVES_FOCUS} className="fixed inset-0 z-40 bg-black/70" />
        <Radix.Content
          {...returnFocus}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          onEscapeKeyDown={(event) => {
            // Escape closes what is open in a field first.
            if (document.activeElement?.matches('input[aria-expanded="true"]') === true || inConversion(event)) event.preventDefault();
          }}
          onInteractOutside={keepTyped}
          className={classes('z-50 flex max-h-[calc(100dvh-2rem)] flex-col', WINDOW_LOOK, wide ? 'max-w-3xl' : 'max-w-lg')}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-base font-semibold text-ink">{title}</Radix.Title>
              {description === undefined ? null : (
                <Radix.Description className="mt-0.5 flex flex-wrap gap-x-3 text-sm text-ink-2">
                  {[description].flat().map((part, at) => (
                    <span key={at} className="min-w-0 break-words">
                      {part}
                    </span>
                  ))}
                </Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <Button kind="bare" size="icon" aria-label={t('app.close')} className="-mr-2 -mt-1">
                <X className="size-4" aria-hidden />
              </Button>
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
