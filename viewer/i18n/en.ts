import { en as administration } from '../administration/texts.en.ts';
import { en as forms } from '../forms/texts.en.ts';
import { en as measurements } from '../measurements/texts.en.ts';
import { en as record } from '../record/texts.en.ts';
import { en as settings } from '../settings/texts.en.ts';
import { en as sharing } from '../sharing/texts.en.ts';
import { en as study } from '../study/texts.en.ts';
import { en as upload } from '../upload/texts.en.ts';
import { en as start } from './start.en.ts';
import type { Translation } from './translation.ts';

/** The English of every room. */
export const en: Translation = {
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
