import { type ComponentType, lazy } from 'react';
import { withTexts } from './i18n.ts';
import type { TextRoom } from './rooms.ts';

/** A component that few will open, and its words: loaded when it is first drawn. */
export function lazyWithTexts<Props, Name extends string>(
  load: () => Promise<Readonly<Record<Name, ComponentType<Props>>>>,
  name: Name,
  ...rooms: readonly TextRoom[]
) {
  return lazy(async () => ({ default: (await withTexts(load, ...rooms)())[name] }));
}
