import { CalendarDays } from 'lucide-react';
import { type ComponentProps, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { classes } from '../design/classes.ts';
import { Input } from '../design/field.tsx';
import { formatDA, inputToDA, parseDA } from '../i18n/dates.ts';
import type { Language } from '../i18n/translation.ts';
import { readTypedDate } from '../i18n/typed-date.ts';
import { useLanguage } from '../i18n/use-language.ts';

interface Props extends Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'type' | 'min' | 'max'> {
  label: string;
  /** YYYY-MM-DD; what was typed where that is no date; empty. */
  value: string;
  onChange: (value: string) => void;
  /** YYYY-MM-DD, of what the calendar offers. */
  min?: string;
  max?: string;
}

/**
 * A day, written and read as the page writes days: a browser's own date field speaks the browser's language, in which 3/4/2026 is another day. Its
 * calendar is opened by the button.
 */
export function DateInput({ label, value, onChange, min, max, className = 'w-44', onBlur, ...rest }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const calendar = useRef<HTMLInputElement>(null);
  /** Stands as it is typed until the field is left or its value comes from elsewhere. */
  const [typed, setTyped] = useState<{ readonly text: string; readonly value: string }>();
  const day = readTypedDate(value) ?? '';
  return (
    <div className={classes('relative', className)}>
      <Input
        autoComplete="off"
        placeholder={t('app.dateExample')}
        {...rest}
        aria-label={label}
        className="w-full pr-9 pointer-coarse:pr-11"
        value={typed?.value === value ? typed.text : dayText(value, language)}
        onChange={({ currentTarget: { value: text } }) => {
          const next = readTypedDate(text) ?? text.trim();
          setTyped({ text, value: next });
          onChange(next);
        }}
        onBlur={(event) => {
          setTyped(undefined);
          onBlur?.(event);
        }}
      />
      <button
        type="button"
        aria-label={t('app.calendar', { label })}
        className="absolute inset-y-0 right-0 grid w-9 place-items-center rounded-md text-ink-2 hover:text-ink pointer-coarse:w-11"
        onClick={() => openCalendar(calendar.current)}
      >
        <CalendarDays className="size-4" aria-hidden />
      </button>
      <input
        ref={calendar}
        type="date"
        tabIndex={-1}
        aria-hidden
        className="pointer-events-none absolute bottom-0 left-0 size-px opacity-0"
        value={day}
        min={min}
        max={max}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </div>
  );
}

/** iPads before iPadOS 16 know no `showPicker`: there a date field opens its own calendar when a press gives it the focus. */
function openCalendar(field: HTMLInputElement | null): void {
  if (field === null) return;
  if (typeof field.showPicker === 'function') {
    field.showPicker();
    return;
  }
  field.focus();
  field.click();
}

function dayText(value: string, language: Language): string {
  const da = inputToDA(value);
  return parseDA(da) === undefined ? value : formatDA(da, language);
}
