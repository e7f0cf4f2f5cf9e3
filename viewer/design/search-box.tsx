import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { classes } from './classes.ts';
import { inConversion } from './conversion.ts';
import { inputLook } from './field.tsx';

/** Long enough that a word is not sent letter by letter, short enough to feel immediate. */
const TYPING_PAUSE_MS = 120;

interface Props {
  /** As it stands in the address. */
  text: string;
  busy: boolean;
  label: string;
  placeholder: string;
  hint: string;
  onChange: (text: string) => void;
  /** The arrow leads down, into what was found. */
  onDown: () => void;
}

/** The search field over a list; the key / leads to it. */
export function SearchBox({ text, busy, label, placeholder, hint, onChange, onDown }: Props) {
  const [typed, setTyped] = useState(text);
  const [composing, setComposing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const sent = useRef(text);
  useEffect(() => {
    // The address changed by itself (back, or cleared): follow it.
    if (text !== sent.current) {
      sent.current = text;
      setTyped(text);
    }
  }, [text]);
  useEffect(() => {
    // An unfinished kana-kanji conversion is not a word yet.
    if (composing || typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      onChange(typed);
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, composing, onChange]);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener('keydown', focus);
    return () => window.removeEventListener('keydown', focus);
  }, []);
  return (
    <div className="relative min-w-40 flex-1 sm:min-w-56">
      <Search
        className={classes(
          'pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2',
          busy ? 'animate-pulse-slow text-accent' : 'text-ink-3',
        )}
        aria-hidden
      />
      <input
        ref={input}
        type="search"
        name="q"
        aria-label={label}
        placeholder={placeholder}
        title={hint}
        autoComplete="off"
        spellCheck={false}
        className={classes(inputLook, 'w-full pl-9')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onCompositionStart={() => setComposing(true)}
        onCompositionEnd={() => setComposing(false)}
        onKeyDown={(event) => {
          if (inConversion(event.nativeEvent)) return;
          if (event.key === 'Escape' && typed !== '') setTyped('');
          if (event.key === 'ArrowDown') {
            event.preventDefault();
            onDown();
          }
        }}
      />
    </div>
  );
}
