import { ja as administration } from '../administration/texts.ja.ts';
import { ja as consents } from '../consents/texts.ja.ts';
import { ja as emergency } from '../emergency/texts.ja.ts';
import { ja as exports } from '../export/texts.ja.ts';
import { ja as fees } from '../fees/texts.ja.ts';
import { ja as forms } from '../forms/texts.ja.ts';
import { ja as measurements } from '../measurements/texts.ja.ts';
import { ja as oversight } from '../oversight/texts.ja.ts';
import { ja as patientLinks } from '../patient-links/texts.ja.ts';
import { ja as patients } from '../patients/texts.ja.ts';
import { ja as record } from '../record/texts.ja.ts';
import { ja as referral } from '../referral/texts.ja.ts';
import { ja as refusals } from '../refusals/texts.ja.ts';
import { ja as rosters } from '../rosters/texts.ja.ts';
import { ja as settings } from '../settings/texts.ja.ts';
import { ja as sharing } from '../sharing/texts.ja.ts';
import { ja as study } from '../study/texts.ja.ts';
import { ja as upload } from '../upload/texts.ja.ts';
import { ja as start } from './start.ja.ts';

/** The Japanese of every room. The words themselves stand beside what they are written on: `texts.ja.ts` and `texts.en.ts` in its room. */
export const ja = {
  ...start,
  ...settings,
  ...consents,
  ...forms,
  ...study,
  ...measurements,
  ...sharing,
  ...patients,
  ...record,
  ...oversight,
  ...upload,
  ...administration,
  ...patientLinks,
  ...emergency,
  ...refusals,
  ...rosters,
  ...referral,
  ...exports,
  ...fees,
};
