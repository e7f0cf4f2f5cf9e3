/** What could not be read, and what the operator should change, in the contract's shapes. */

import type { QuarantineRecord } from '../../domain/imaging/ingest-index.ts';
import type { Warning as Kept } from '../../domain/operation/warnings.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { decideTakingOut } from '../../domain/sharing/access.ts';
import type { Quarantine, Warning } from '../contract/operation.ts';

export function quarantineAnswer(actor: Actor, record: QuarantineRecord): Quarantine {
  return {
    id: record.id,
    at: record.at.toISOString(),
    facilityCode: record.facilityCode,
    reason: record.reason,
    bytes: record.bytes,
    door: record.source.door,
    sender: record.source.callingAETitle ?? record.source.remoteAddress ?? null,
    fileName: record.source.fileName ?? null,
    mayTakeOut: decideTakingOut(actor, record.facilityId).allowed,
  };
}

export function warningAnswer({ firstAt, lastAt, ...warning }: Kept): Warning {
  return { ...warning, firstAt: firstAt.toISOString(), lastAt: lastAt.toISOString() };
}
