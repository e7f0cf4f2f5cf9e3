import { JOBS, type Job } from '../domain/actor.ts';
import { DomainError } from '../domain/errors.ts';

const JAPANESE: Readonly<Record<string, Job>> = {
  医師: 'physician',
  歯科医師: 'dentist',
  診療放射線技師: 'radiographer',
  放射線技師: 'radiographer',
  看護師: 'nurse',
  薬剤師: 'pharmacist',
  臨床検査技師: 'technologist',
  事務: 'clerk',
  事務職員: 'clerk',
  管理者: 'administrator',
  システム管理者: 'administrator',
};

/** A job by its English code or its Japanese name. @throws invalid */
export function jobNamed(text: string): Job {
  const lower = text.trim().toLowerCase();
  const job = JOBS.find((known) => known === lower) ?? JAPANESE[text.trim()];
  if (job === undefined)
    throw new DomainError('invalid', `--job takes ${JOBS.join(', ')} or the Japanese name (${Object.keys(JAPANESE).join(' ')})`);
  return job;
}
