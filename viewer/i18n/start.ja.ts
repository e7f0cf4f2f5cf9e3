import { ja as notices } from '../notices/texts.ja.ts';
import { ja as patient } from '../patient/texts.ja.ts';
import { ja as session } from '../session/texts.ja.ts';
import { ja as shell } from '../shell/texts.ja.ts';
import { ja as studyList } from '../study-list/texts.ja.ts';

/** The Japanese of what every page has, and of the first page. */
export const ja = { ...shell, ...session, ...patient, ...studyList, ...notices } as const;
