import { isIP } from 'node:net';
import { plainAddress } from '../domain/people/network.ts';

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
