import type { Words } from '../i18n/words.ts';
import type { ja } from './texts.ja.ts';

export const en: Words<typeof ja> = {
  sex: { M: 'M', F: 'F', O: 'Other' },
  age: { years: '{{count}} y', months: '{{count}} mo', days: '{{count}} d' },
};
