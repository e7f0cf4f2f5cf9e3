/** Shares in the contract's shapes. */
import { nameInLatin } from '../../domain/people/romaji.ts';
import type { Share as Given } from '../../domain/sharing/share.ts';
import type { Share } from '../contract/sharing.ts';

export function shareAnswer(share: Given): Share {
  return {
    id: share.id,
    facility: { code: share.to.code, name: share.to.name },
    toJob: share.toJob ?? null,
    toPerson: share.toPerson === undefined ? null : { name: share.toPerson.name, romaji: nameInLatin(share.toPerson) },
    notBefore: share.notBefore?.toISOString() ?? null,
    until: share.until.toISOString(),
    mayDownload: share.mayDownload,
    heldBack: [...share.heldBack],
    createdAt: share.createdAt.toISOString(),
    createdBy: share.createdBy?.name ?? null,
    createdByRomaji: share.createdBy === undefined ? null : nameInLatin(share.createdBy),
    revokedAt: share.revokedAt?.toISOString() ?? null,
  };
}
