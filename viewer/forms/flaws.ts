/** What is wrong with something typed: the name of a text under `form.flaw`, and a number where the text has one (`too-long 200`). */
import i18next, { type TFunction } from 'i18next';
import type { Translation } from '../i18n/translation.ts';

type Flaw = keyof Translation['form']['flaw'];

/** An issue of a schema as zod (version 4) hands it over; of its members those that are read here. */
interface Issue {
  readonly code?: string;
  readonly input?: unknown;
  readonly origin?: unknown;
  readonly maximum?: unknown;
}

/** For issues to which the contract gives no name of its own. */
export function flawOf({ code, input, origin, maximum }: Issue): string {
  if (input === undefined || input === null || (typeof input === 'string' && input.trim() === '')) return 'required';
  if (code === 'too_big' && origin === 'string') return `too-long ${String(maximum)}`;
  return 'malformed';
}

/** Whether there are words for it. */
export function isFlaw(name: string): name is Flaw {
  return /^[a-z-]+$/.test(name) && i18next.exists(`form.flaw.${name}`);
}

export function flawText(t: TFunction, message: string): string {
  const [name = '', max = ''] = message.split(' ');
  return t(`form.flaw.${isFlaw(name) ? name : 'malformed'}`, { max });
}
