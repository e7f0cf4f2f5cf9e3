import { isIP } from 'node:net';

/** A trusted proxy may pass on what is no address; it goes on record. */
const ADDRESS_CHARS_MAX = 64;

/** An address as it is written everywhere: IPv4 dotted, also when it came mapped into IPv6; without zone. RFC 4291 2.5.5.2. */
export function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '').slice(0, ADDRESS_CHARS_MAX);
  if (isIP(bare) !== 6) return bare;
  const groups = ipv6Groups(bare);
  if (groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff) return bare;
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * Who may stand behind an address: of IPv4 the address; of IPv6 the /64 that a subscriber gets at least, and beyond it the /48 that a
 * site gets (RFC 6177). What is no address is taken by its text.
 */
export function networksOf(address: string): { readonly network: string; readonly site?: string } {
  const plain = plainAddress(address);
  if (isIP(plain) !== 6) return { network: plain };
  const groups = ipv6Groups(plain).map((group) => group.toString(16));
  return { network: `${groups.slice(0, 4).join(':')}::/64`, site: `${groups.slice(0, 3).join(':')}::/48` };
}

/** The last hop that a proxy wrote down: the only one that it saw itself. RFC 7239 5.2; X-Forwarded-For in the same order. */
export function lastForwarded(headers: {
  readonly 'x-forwarded-for'?: string | readonly string[] | undefined;
  readonly forwarded?: string | undefined;
}): string | undefined {
  const list = [headers['x-forwarded-for'] ?? []].flat().join(',');
  const last =
    list === '' ? /(?:^|[;,\s])for=([^;,]+)(?!.*[;,\s]for=)/is.exec((headers.forwarded ?? '').slice(-1000))?.[1] : list.split(',').at(-1);
  const text = (last ?? '').trim().replace(/^"|"$/g, '');
  const address = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  return isIP(address.replace(/%.*$/, '')) === 0 ? undefined : plainAddress(address);
}

/** The eight groups of an IPv6 address that `isIP` has accepted. */
function ipv6Groups(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text =
    dotted === null
      ? address
      : `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`;
  const [head = '', tail] = text.split('::');
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const before = numbers(head);
  const after = numbers(tail ?? '');
  return [...before, ...Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0), ...after];
}
