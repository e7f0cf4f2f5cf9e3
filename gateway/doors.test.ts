import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { readConfig } from './config.ts';
import { dicomwebDoor } from './dicomweb/door.ts';
import { NO_LOG } from './domain/operation/log.ts';
import { buildDoors, type DoorParts } from './doors.ts';
import { createMetrics } from './metrics.ts';

const pace = vi.hoisted(() => ({ asked: vi.fn(), pass: vi.fn() }));
vi.mock('./domain/bounds/stream-pace.ts', () => ({ createStreamPace: () => pace }));
vi.mock('./dicomweb/door.ts', { spy: true });

/** Nothing is asked of the stores before a request is. */
const nothing = {};
const parts = (): DoorParts =>
  ({
    config: readConfig({}),
    version: '0',
    log: NO_LOG,
    metrics: createMetrics(),
    certificate: undefined,
    clock: { now: () => new Date() },
    index: { people: nothing, studies: nothing, audit: nothing, shares: nothing, notices: nothing, ingest: nothing, warnings: nothing },
    objects: nothing,
    synthetic: false,
    standing: async () => {},
  }) as unknown as DoorParts;

let close = async () => {};
afterEach(async () => {
  await close();
  pace.asked.mockClear();
});

it.each([
  ['a question', '/healthz', {}],
  ['one that no row takes', '/dicom-web/nothing', {}],
  ['one whose body is announced', '/api/session', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }],
] as const)('%s is heard by the pace that streams keep to', async (_name, path, init) => {
  const { server, close: closing } = buildDoors(parts());
  close = closing;
  // The streams that give way are those of this pace.
  expect(vi.mocked(dicomwebDoor).mock.lastCall?.[0].turns?.pace).toBe(pace);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(pace.asked).not.toHaveBeenCalled();
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    ...init,
    headers: { ...('headers' in init ? init.headers : {}), connection: 'close' },
  });
  await response.arrayBuffer();
  expect(pace.asked).toHaveBeenCalledOnce();
});
