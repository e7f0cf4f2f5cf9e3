import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DomainError } from '../domain/errors.ts';

/** The port it listens on. @throws what the operating system says of it */
export async function listening(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/** What the operating system says of an address, as the setting to change. */
export function inOperatorsWords(thrown: unknown): unknown {
  const { code, port, address } = thrown as { code?: unknown; port?: unknown; address?: unknown };
  const settings = 'RENKEI_HTTP_PORT, RENKEI_DIMSE_PORT or their _HOST';
  if (code === 'EADDRINUSE')
    return new DomainError('conflict', `port ${port} is in use; choose another with ${settings}`, { cause: thrown });
  if (code === 'EACCES')
    return new DomainError('denied', `port ${port} needs more rights; choose another with ${settings}`, { cause: thrown });
  if (code === 'EADDRNOTAVAIL')
    return new DomainError('invalid', `${address} is no address of this machine; see ${settings}`, { cause: thrown });
  return thrown;
}
