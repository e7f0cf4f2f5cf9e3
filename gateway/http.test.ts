import { describe, expect, test } from 'vitest';
import { NO_LOG } from './domain/operation/log.ts';
import type { Route } from './doorstep/route.ts';
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
