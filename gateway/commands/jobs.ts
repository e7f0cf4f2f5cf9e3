import { DomainError } from '../domain/errors.ts';
import { JOBS, type Job } from '../domain/people/actor.ts';

/** What people call these jobs besides the codes. */
const ALSO: Readonly<Record<string, Job>> = {
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
  doctor: 'physician',
  radiologist: 'physician',
  'radiological technologist': 'radiographer',
  'radiologic technologist': 'radiographer',
  'radiology technician': 'radiographer',
  office: 'clerk',
  admin: 'administrator',
};

/** A job by its code or by what people call it, in Japanese or English. @throws invalid */
export function jobNamed(text: string): Job {
  const lower = text.trim().toLowerCase();
  const job = JOBS.find((known) => known === lower) ?? (Object.hasOwn(ALSO, lower) ? ALSO[lower] : undefined);
  if (job === undefined) throw new DomainError('invalid', `--job takes ${JOBS.join(', ')} or one of ${Object.keys(ALSO).join(', ')}`);
  return job;
}
