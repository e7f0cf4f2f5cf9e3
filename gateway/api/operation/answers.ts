/** What could not be read, and what the operator should change, in the contract's shapes. */

import type { QuarantinedFile } from '../../domain/imaging/ingest-index.ts';
import type { Warning as Kept } from '../../domain/operation/warnings.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { decideTakingOut } from '../../domain/sharing/access.ts';
import type { Quarantine, Warning } from '../contract/operation.ts';

export function quarantineAnswer(actor: Actor, file: QuarantinedFile): Quarantine {
  return {
    id: file.id,
    at: file.at.toISOString(),
    facilityCode: file.facilityCode,
    facilityName: file.facilityName,
    reason: file.reason,
    bytes: file.bytes,
    door: file.source.door,
    sender: file.source.callingAETitle ?? file.source.remoteAddress ?? null,
    fileName: file.source.fileName ?? null,
    mayTakeOut: decideTakingOut(actor, file.facilityId).allowed,
  };
}

export function warningAnswer({ firstAt, lastAt, ...warning }: Kept): Warning {
  return { ...warning, firstAt: firstAt.toISOString(), lastAt: lastAt.toISOString() };
}
