/** What was opened in an emergency is reviewed by its owners, or by the region in their place; until then it stays red. */
import { EMERGENCIES_LISTED_MAX, type Emergency, type EmergencyVerdict } from '../../domain/emergency/emergency.ts';
import type { EmergencyIndex, ReviewedEmergency, Reviewing } from '../../domain/emergency/emergency-index.ts';
import type { EmergencyId } from '../../domain/identifiers.ts';
import type { PersonActor } from '../../domain/people/actor.ts';
import { type Proof, provenAtWork } from '../../domain/people/credentials.ts';
import { type ActOf, actBy } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import type { StudyAccess } from '../access/see-study.ts';
import { listed } from './open-emergency.ts';

/** What waits first; on record, since it names patients. */
export async function emergenciesToReview(
  stores: { readonly emergencies: Pick<EmergencyIndex, 'toReview'>; readonly audit: Pick<AuditLog, 'append'> },
  actor: PersonActor,
  whose: Reviewing,
): Promise<readonly Emergency[]> {
  const found = await stores.emergencies.toReview(whose, EMERGENCIES_LISTED_MAX);
  if (found.length > 0) await stores.audit.append([listed(actor, found.length)]);
  return found;
}

/**
 * Not justified ends it on every node; either stays on record.
 * @throws not-found; denied for one's own; conflict when it was decided before; unauthenticated
 */
export async function reviewEmergency(
  stores: { readonly emergencies: Pick<EmergencyIndex, 'review'>; readonly access: Pick<StudyAccess, 'forget'> },
  { actor, proof }: { readonly actor: PersonActor; readonly proof: Proof },
  whose: Reviewing,
  id: EmergencyId,
  said: { readonly verdict: EmergencyVerdict; readonly words: string },
): Promise<Emergency> {
  const proven =
    whose === 'region' ? { userId: actor.userId, proof: { ...proof, administrator: true as const } } : provenAtWork(actor, proof);
  const entries = (made: ReviewedEmergency) => entriesOf(actor, said.verdict, made);
  const made = await stores.emergencies.review(id, { whose, ...said, by: actor.userId }, entries, proven);
  for (const studyInstanceUID of made.studies) stores.access.forget(studyInstanceUID);
  return made.emergency;
}

function entriesOf(
  actor: PersonActor,
  verdict: EmergencyVerdict,
  { emergency, owners, ended }: ReviewedEmergency,
): readonly ActOf<'emergency-reviewed'>[] {
  const { id, reader, category, patients } = emergency;
  return owners.map((owner) => ({
    action: 'emergency-reviewed',
    ...actBy(actor),
    what: {
      emergencyId: id,
      ownerFacilityCode: owner,
      patientID: patients.find(({ facility }) => facility === owner)?.patientID ?? '',
      userId: reader.id,
      category,
      verdict,
      ...(ended ? { ended } : {}),
    },
    toFacilityCode: reader.facility.code,
    right: { kind: 'emergency', grant: id },
  }));
}
