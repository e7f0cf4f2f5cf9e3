import { Check, TriangleAlert } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { classes } from '../classes.ts';
import { RAISED_LOOK } from './raised.tsx';

/** A short word at the foot of the page that something was done, or was not. */
interface Message {
  readonly id: number;
  readonly text: string;
  readonly tone: 'done' | 'problem';
}

const SHOWN_MS = { done: 4_000, problem: 8_000 } as const;
const MESSAGES_MAX = 3;

let messages: readonly Message[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function change(next: readonly Message[]): void {
  messages = next;
  for (const listener of listeners) listener();
}

export function toast(text: string, tone: Message['tone'] = 'done'): void {
  lastId += 1;
  const id = lastId;
  change([...messages, { id, text, tone }].slice(-MESSAGES_MAX));
  setTimeout(() => change(messages.filter((message) => message.id !== id)), SHOWN_MS[tone]);
}

/** Messages are dropped when their reader signs out. */
export function clearToasts(): void {
  change([]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => messages);
  return (
    <div
      aria-live="polite"
      data-testid="toasts"
      className="pointer-events-none fixed inset-x-0 bottom-5 z-[80] flex flex-col items-center gap-2 px-4"
    >
      {shown.map(({ id, text, tone }) => (
        <div key={id} className={classes('flex items-center gap-2.5 px-4 py-2.5 text-sm', RAISED_LOOK)}>
          {tone === 'done' ? (
            <Check className="size-4 text-ok" aria-hidden />
          ) : (
            <TriangleAlert className="size-4 text-danger" aria-hidden />
          )}
          {text}
        </div>
      ))}
    </div>
  );
}
