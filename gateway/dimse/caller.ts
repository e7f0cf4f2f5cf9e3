import { createHash } from 'node:crypto';
import { BlockList, isIP, isIPv4, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { AETitleEntry } from '../domain/people/facility.ts';
import { addressRange, plainAddress } from '../domain/people/network.ts';

/** Where a connection comes from and what it proved of itself. */
export interface Origin {
  /** IPv4 addresses in dotted form, also when the socket is IPv6. */
  readonly remoteAddress: string;
  /** Lower-case hexadecimal SHA-256 of the client certificate (DER). TLS has proved that the peer holds its key. */
  readonly certificateSha256: string | undefined;
}

export function originOf(socket: Socket): Origin {
  const remoteAddress = plainAddress(socket.remoteAddress ?? '');
  const certificate = socket instanceof TLSSocket ? socket.getPeerCertificate().raw : undefined;
  return {
    remoteAddress,
    certificateSha256: certificate === undefined ? undefined : createHash('sha256').update(certificate).digest('hex'),
  };
}

/** Whether a connection may use this AE title: address range and client certificate are both asked when both are set. */
export function mayUseAETitle(entry: AETitleEntry, origin: Origin): boolean {
  if (entry.addressRange !== undefined && !inAddressRange(origin.remoteAddress, entry.addressRange)) return false;
  return entry.certificateSha256 === undefined || entry.certificateSha256 === origin.certificateSha256;
}

/** `range`: CIDR or one address. A range that cannot be read holds nobody. */
export function inAddressRange(address: string, range: string): boolean {
  const within = addressRange(range);
  if (within === undefined || isIP(address) === 0) return false;
  const list = new BlockList();
  list.addSubnet(within.address, within.prefixBits, within.family);
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
