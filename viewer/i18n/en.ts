import { en as administration } from '../administration/texts.en.ts';
import { en as measurements } from '../measurements/texts.en.ts';
import { en as notices } from '../notices/texts.en.ts';
import { en as patient } from '../patient/texts.en.ts';
import { en as session } from '../session/texts.en.ts';
import { en as settings } from '../settings/texts.en.ts';
import { en as sharing } from '../sharing/texts.en.ts';
import { en as shell } from '../shell/texts.en.ts';
import { en as study } from '../study/texts.en.ts';
import { en as studyList } from '../study-list/texts.en.ts';
import { en as upload } from '../upload/texts.en.ts';
import type { Translation } from './translation.ts';

/** The English of every room. */
export const en: Translation = {
  ...shell,
  ...session,
  ...settings,
  ...patient,
  ...studyList,
  ...study,
  ...measurements,
  ...sharing,
  ...upload,
  ...notices,
  ...administration,
};
