import { en as notices } from '../notices/texts.en.ts';
import { en as patient } from '../patient/texts.en.ts';
import { en as session } from '../session/texts.en.ts';
import { en as shell } from '../shell/texts.en.ts';
import { en as studyList } from '../study-list/texts.en.ts';

/** The English of what every page has, and of the first page. */
export const en = { ...shell, ...session, ...patient, ...studyList, ...notices };
