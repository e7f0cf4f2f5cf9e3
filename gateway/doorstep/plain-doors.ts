import { isLoopback } from './metrics-reader.ts';

export interface DoorsToLookAt {
  readonly http: { readonly host: string; readonly tls?: unknown; readonly trustProxy: readonly string[] };
  readonly dimse: { readonly host: string; readonly tls?: unknown };
  readonly publicUrl?: string;
}

/**
 * Doors that other machines reach without TLS, each with what the operator can do: passwords and images cross the network in clear.
 * A reverse proxy that is named, and an address of https, say that TLS ends before us.
 */
export function plainDoors({
  http,
  dimse,
  publicUrl,
}: DoorsToLookAt): readonly { readonly door: 'http' | 'dimse'; readonly why: string }[] {
  const behindProxy = http.trustProxy.length > 0 && publicUrl?.startsWith('https://') === true;
  const plain: { door: 'http' | 'dimse'; why: string }[] = [];
  if (!isLoopback(http.host) && http.tls === undefined && !behindProxy) {
    plain.push({
      door: 'http',
      why:
        `the HTTP door listens on ${http.host} without TLS: passwords and images can be read on the way. Set RENKEI_HTTP_TLS_KEY and ` +
        'RENKEI_HTTP_TLS_CERT, or put a proxy in front and name it with RENKEI_TRUST_PROXY and RENKEI_PUBLIC_URL=https://…',
    });
  }
  if (!isLoopback(dimse.host) && dimse.tls === undefined) {
    plain.push({
      door: 'dimse',
      why:
        `the DIMSE door listens on ${dimse.host} without TLS: images can be read on the way, and AE titles are no proof of who calls. Keep it to ` +
        'a network of its own, pin AE titles to addresses, or set RENKEI_DIMSE_TLS_KEY and RENKEI_DIMSE_TLS_CERT',
    });
  }
  return plain;
}
