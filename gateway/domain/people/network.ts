/** A trusted proxy may pass on what is no address; it goes on record. */
const ADDRESS_CHARS_MAX = 64;

/** An address as it is written everywhere: IPv4 dotted, also when it came mapped into IPv6; without zone. RFC 4291 2.5.5.2. */
export function plainAddress(address: string): string {
  if (!address.includes(':') && !address.includes('%')) return address.slice(0, ADDRESS_CHARS_MAX);
  const bare = address.replace(/%.*$/, '').slice(0, ADDRESS_CHARS_MAX);
  const groups = ipv6Groups(bare);
  if (groups === undefined || groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff) return bare;
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * Who may stand behind an address: of IPv4 the address; of IPv6 the /64 that a subscriber gets at least, and beyond it the /48 that a
 * site gets (RFC 6177). What is no address is taken by its text.
 */
export function networksOf(address: string): { readonly network: string; readonly site?: string } {
  const plain = plainAddress(address);
  const groups = ipv6Groups(plain)?.map((group) => group.toString(16));
  if (groups === undefined) return { network: plain };
  return { network: `${groups.slice(0, 4).join(':')}::/64`, site: `${groups.slice(0, 3).join(':')}::/48` };
}

/** The eight groups of an IPv6 address without zone; undefined when it is none. RFC 4291 2.2. */
function ipv6Groups(address: string): readonly number[] | undefined {
  const dotted = /^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  const bytes = dotted?.slice(2).map(Number) ?? [];
  if (bytes.some((byte) => byte > 255)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const text = dotted === null ? address : `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [before = [], after] = halves;
  const zeros = 8 - before.length - (after?.length ?? 0);
  if (halves.length > 2 || (after === undefined ? zeros !== 0 : zeros < 1)) return undefined;
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...(after ?? [])];
  return groups.every((group) => /^[\da-f]{1,4}$/i.test(group)) ? groups.map((group) => Number.parseInt(group, 16)) : undefined;
}

/** A part of IPv4 or IPv6: the addresses whose first `prefixBits` bits are those of `address`. */
export interface AddressRange {
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly prefixBits: number;
}

/** Where a connection can be made to: a name, or an address of IPv4 or IPv6. Without port, without brackets. */
export function isHost(text: string): boolean {
  if (text.length > HOST_CHARS_MAX) return false;
  if (text.includes(':')) return ipv6Groups(text) !== undefined;
  return /^[\d.]+$/.test(text) ? IPV4.test(text) : /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/.test(text);
}

export const HOST_CHARS_MAX = 253;
export const ADDRESS_RANGE_CHARS_MAX = 50;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/**
 * An address (`192.168.1.20`) or a CIDR block (`192.168.1.0/24`, `fd00:1::/64`), RFC 4632 3.1 and RFC 4291 2.3, without zone. Undefined: it is
 * none. The one rule of the API, the command line, the page and the DIMSE door.
 */
export function addressRange(text: string): AddressRange | undefined {
  const [, address = '', prefix] = /^([\d.]+|[\da-f:.]*:[\da-f:.]*)(?:\/(0|[1-9]\d{0,2}))?$/i.exec(text) ?? [];
  const family = IPV4.test(address) ? 'ipv4' : address.includes(':') && ipv6Groups(address) !== undefined ? 'ipv6' : undefined;
  if (family === undefined || text.length > ADDRESS_RANGE_CHARS_MAX) return undefined;
  const bits = family === 'ipv4' ? 32 : 128;
  const prefixBits = prefix === undefined ? bits : Number(prefix);
  return prefixBits > bits ? undefined : { family, address, prefixBits };
}
