import type { Actor } from '../domain/actor.ts';
import { type AuditAction, type AuditRecord, auditWho } from '../domain/audit.ts';
import type { StudyInstanceUID } from '../domain/identifiers.ts';
import type { AuditLog } from '../domain/ports.ts';
import type { StudyAccess } from './see-study.ts';

export const DISCLOSURES_LIMIT_MAX = 200;
const DISCLOSING: readonly AuditAction[] = [
  'study-shared',
  'share-revoked',
  'study-viewed',
  'thumbnails-viewed',
  'study-downloaded',
  'studies-listed', // below this study, by a search for its series or instances
  'access-refused',
  'study-received',
];

/** Who was given the study, who opened it, when and by what right; newest first. For the owner. @throws not-found, denied */
export async function listDisclosures(
  stores: { access: StudyAccess; audit: AuditLog },
  actor: Actor,
  request: { studyInstanceUID: StudyInstanceUID; beforeSeq?: number; limit: number },
): Promise<readonly AuditRecord[]> {
  const { record, right } = await stores.access.see(actor, 'study.disclosures', request.studyInstanceUID);
  const records = await stores.audit.find({
    studyInstanceUID: request.studyInstanceUID,
    ownerFacilityCode: record.owner.code,
    actions: DISCLOSING,
    limit: Math.min(request.limit, DISCLOSURES_LIMIT_MAX),
    ...(request.beforeSeq === undefined ? {} : { beforeSeq: request.beforeSeq }),
  });
  await stores.audit.append([
    {
      action: 'disclosures-listed',
      outcome: 'success',
      who: auditWho(actor),
      remoteAddress: actor.remoteAddress,
      what: { ownerFacilityCode: record.owner.code, studyInstanceUID: request.studyInstanceUID, count: records.length },
      right,
    },
  ]);
  return records;
}
