/** For whom a passkey is made (WebAuthn level 3, 4 "relying party"): the address that people reach us at, and no other. */
import { isIP } from 'node:net';

export interface RelyingParty {
  /** The host's name: a passkey is offered on no other. */
  readonly id: string;
  /** Where the page that asks must come from. */
  readonly origin: string;
}

/**
 * Undefined: there are no passkeys, since nobody has said where people reach us, or browsers make none there. They want a name, not an address, and
 * https, except on the machine itself. Never from a request: whoever forges its Host would choose for whom the answer is good.
 */
export function relyingPartyOf(publicUrl: string | undefined): RelyingParty | undefined {
  if (publicUrl === undefined || !URL.canParse(publicUrl)) return undefined;
  const { protocol, hostname, origin } = new URL(publicUrl);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return undefined;
  const here = hostname === 'localhost' || hostname.endsWith('.localhost');
  return protocol === 'https:' || here ? { id: hostname, origin } : undefined;
}
