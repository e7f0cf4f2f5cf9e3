import type { Share } from '../../gateway/api/contract/sharing.ts';

export type ShareStanding = 'in-force' | 'not-begun' | 'ended' | 'revoked';

export function shareStanding({ notBefore, until, revokedAt }: Share, now: Date): ShareStanding {
  if (revokedAt !== null) return 'revoked';
  if (new Date(until) <= now) return 'ended';
  return notBefore !== null && new Date(notBefore) > now ? 'not-begun' : 'in-force';
}

/** It gives something, or will. */
export function isLive(share: Share, now: Date): boolean {
  return ['in-force', 'not-begun'].includes(shareStanding(share, now));
}

export function liveFirst(shares: readonly Share[], now: Date): Share[] {
  const rank = (share: Share) => (isLive(share, now) ? 0 : 1);
  return [...shares].sort((a, b) => rank(a) - rank(b) || b.createdAt.localeCompare(a.createdAt));
}

/** What its facility has beside it: each share lives and ends apart. */
export function besides({ id, facility }: Share, shares: readonly Share[], now: Date): Share[] {
  return shares.filter((other) => other.id !== id && other.facility.code === facility.code && isLive(other, now));
}
