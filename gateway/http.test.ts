import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { NO_LOG } from './domain/operation/log.ts';
import type { Route } from './doorstep/route.ts';
import { SLOWED_MS } from './doorstep/slowed-refusals.ts';
import { buildHttp } from './http.ts';

const built = (routes: readonly Route[], prefix = '/door') =>
  buildHttp({
    config: { http: { host: '127.0.0.1', port: 0, trustProxy: [], secure: false } },
    certificate: undefined,
    log: NO_LOG,
    metrics: { request: () => {}, add: () => {} },
    proxies: { watch: () => {} },
    answersWait: () => false,
    doors: [{ prefix, routes, refuse: () => ({ status: 500, headers: {} }) }],
  });

const row = (more: Partial<Route>): Route => ({
  method: 'GET',
  path: '/x',
  action: 'open',
  answer: async () => ({ status: 204, headers: {} }),
  ...more,
});

describe('the list of routes', () => {
  test('a row without an action keeps the program from starting', () => {
    expect(() => built([row({ action: undefined as never })])).toThrow('/door/x: a route names its action');
  });

  test.each<[string, Partial<Route>, readonly unknown[]]>([
    [
      'an open row',
      {},
      [
        ['GET', '/door/x', undefined, true],
        ['HEAD', '/door/x', undefined, true],
      ],
    ],
    ['a row with an action', { method: 'POST', action: 'study.store' }, [['POST', '/door/x', 'study.store', false]]],
    ['the prefix itself', { method: 'DELETE', path: '/', action: 'self' }, [['DELETE', '/door', 'self', false]]],
  ])('%s', (_name, more, expected) => {
    expect(built([row(more)]).routes.map(({ method, url, action, open }) => [method, url, action, open])).toEqual(expected);
  });
});

describe('a refusal because of too many questions', () => {
  afterEach(() => vi.useRealTimers());

  test('goes out later, and nothing else waits for it', async () => {
    const asking = new EventEmitter();
    const refuse = async () => {
      asking.emit('refused');
      return { status: 429, headers: {} };
    };
    const { server, close } = built([row({ path: '/often', answer: refuse }), row({ answer: async () => ({ status: 204, headers: {} }) })]);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/door`;
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const statuses: number[] = [];
    const asked = async (path: string) => statuses.push((await fetch(`${url}${path}`)).status);
    const refused = once(asking, 'refused');
    const often = asked('/often');
    await refused;
    await asked('/x');
    expect(statuses).toEqual([204]);
    vi.advanceTimersByTime(SLOWED_MS);
    await often;
    expect(statuses).toEqual([204, 429]);
    await close();
  });
});
