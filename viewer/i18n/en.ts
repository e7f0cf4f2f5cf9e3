import { en as administration } from '../administration/texts.en.ts';
import { en as consents } from '../consents/texts.en.ts';
import { en as emergency } from '../emergency/texts.en.ts';
import { en as exports } from '../export/texts.en.ts';
import { en as fees } from '../fees/texts.en.ts';
import { en as forms } from '../forms/texts.en.ts';
import { en as measurements } from '../measurements/texts.en.ts';
import { en as oversight } from '../oversight/texts.en.ts';
import { en as patientLinks } from '../patient-links/texts.en.ts';
import { en as patients } from '../patients/texts.en.ts';
import { en as record } from '../record/texts.en.ts';
import { en as referral } from '../referral/texts.en.ts';
import { en as refusals } from '../refusals/texts.en.ts';
import { en as rosters } from '../rosters/texts.en.ts';
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
