import { type ClassValue, clsx } from 'clsx';

/**
 * Class names in one. Of two that say the same thing differently the style sheet decides, not their order here: nothing may have both. The walk
 * over all pages (`test/e2e/pages.test.ts`) finds who has.
 */
export function classes(...values: ClassValue[]): string {
  return clsx(values);
}
