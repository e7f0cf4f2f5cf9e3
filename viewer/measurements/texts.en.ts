import type { Words } from '../i18n/words.ts';
import type { ja } from './texts.ja.ts';

export const en: Words<typeof ja> = {
  measure: { area: 'Area', mean: 'Mean', max: 'Max', min: 'Min', deviation: 'SD' },
};
