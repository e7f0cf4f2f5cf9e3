import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';
import type { QuarantineId } from '../../domain/identifiers.ts';
import type { IngestIndex, QuarantinedFile } from '../../domain/imaging/ingest-index.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { ReceiveOutcome, Receiver } from '../../domain/imaging/reception.ts';
import type { Actor, PersonActor } from '../../domain/people/actor.ts';
import type { Proof } from '../../domain/people/credentials.ts';
import type { PeopleIndex } from '../../domain/people/people-index.ts';
import { type AuditEntry, auditWho } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import { decideTakingOut } from '../../domain/sharing/access.ts';
import { refused } from '../access/demand.ts';

export interface QuarantineStores {
  readonly ingest: Pick<IngestIndex, 'quarantinedOne' | 'settleQuarantined'>;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly audit: Pick<AuditLog, 'append'>;
}

interface RetryStores {
  readonly receiver: Receiver;
  readonly people: Pick<PeopleIndex, 'demandStanding'>;
}

/**
 * The bytes as they came, for who belongs to the facility that sent them; on record before the first of them goes out. The caller consumes or
 * returns the stream. @throws not-found; denied, on record too
 */
export async function takeOutQuarantined(
  { ingest, objects, audit }: QuarantineStores,
  actor: Actor,
  id: QuarantineId,
): Promise<{ readonly file: QuarantinedFile; readonly bytes: ByteStream }> {
  const file = await one(ingest, id);
  const decision = decideTakingOut(actor, file.facilityId);
  const done = entry(
    actor,
    file,
    'quarantined-taken-out',
    decision.allowed ? { outcome: 'success', right: decision.right } : { outcome: 'refused', refusal: decision.reason },
  );
  if (!decision.allowed) {
    await audit.append([done]);
    throw refused(decision.reason);
  }
  const bytes = await objects.get(file.key);
  await audit.append([done]);
  return { file, bytes };
}

/** Whether the bytes may go on going out. @throws denied */
export function demandTakingOut(actor: Actor, { facilityId }: Pick<QuarantinedFile, 'facilityId'>): void {
  const decision = decideTakingOut(actor, facilityId);
  if (!decision.allowed) throw refused(decision.reason);
}

/**
 * Receives the bytes again as if they came now, for their facility: a newer program may read what an older one could not. Nothing of them is
 * shown. What is still unreadable is in quarantine again, as a newer row. It is begun only if what proves who asks stands; once begun it is carried out.
 * @throws not-found, busy, full, unavailable: the row stays as it is; unauthenticated, denied
 */
export async function retryQuarantined(
  { ingest, objects, audit, receiver, people }: QuarantineStores & RetryStores,
  { actor, proof }: { readonly actor: PersonActor; readonly proof: Proof },
  id: QuarantineId,
): Promise<ReceiveOutcome> {
  await people.demandStanding({ userId: actor.userId, proof });
  const file = await one(ingest, id);
  const bytes = await objects.get(file.key);
  const { facilityId, facilityCode, source } = file;
  const outcome = await receiver.receive({ facility: { id: facilityId, code: facilityCode }, source }, bytes);
  const how = outcome.kind === 'quarantined' ? 'failed' : 'success';
  const retried = entry(actor, file, 'quarantined-retried', { outcome: how, right: { kind: 'administrator' } });
  // What lies beside images and is none is passed over, and kept nowhere else: its row stays.
  if (outcome.kind === 'skipped') await audit.append([retried]);
  else await ingest.settleQuarantined(id, retried);
  return outcome;
}

async function one(ingest: Pick<IngestIndex, 'quarantinedOne'>, id: QuarantineId): Promise<QuarantinedFile> {
  const file = await ingest.quarantinedOne(id);
  if (file === undefined) throw new DomainError('not-found', 'nothing in quarantine has that number');
  return file;
}

function entry(
  actor: Actor,
  file: QuarantinedFile,
  action: 'quarantined-taken-out' | 'quarantined-retried',
  how: Pick<AuditEntry, 'outcome' | 'right' | 'refusal'>,
): AuditEntry {
  return {
    action,
    who: auditWho(actor),
    remoteAddress: actor.remoteAddress,
    what: { ownerFacilityCode: file.facilityCode, quarantine: file.reason, count: 1 },
    ...how,
  };
}
