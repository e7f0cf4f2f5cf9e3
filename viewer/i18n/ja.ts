import { ja as administration } from '../administration/texts.ja.ts';
import { ja as forms } from '../forms/texts.ja.ts';
import { ja as measurements } from '../measurements/texts.ja.ts';
import { ja as record } from '../record/texts.ja.ts';
import { ja as settings } from '../settings/texts.ja.ts';
import { ja as sharing } from '../sharing/texts.ja.ts';
import { ja as study } from '../study/texts.ja.ts';
import { ja as upload } from '../upload/texts.ja.ts';
import { ja as start } from './start.ja.ts';

/** The Japanese of every room. The words themselves stand beside what they are written on: `texts.ja.ts` and `texts.en.ts` in its room. */
export const ja = {
  ...start,
  ...settings,
  ...forms,
  ...study,
  ...measurements,
  ...sharing,
  ...record,
  ...upload,
  ...administration,
};
