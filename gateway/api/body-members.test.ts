import { expect, test } from 'vitest';
import { z } from 'zod';
import { closedSchema, demandKnownMembers } from './body-members.ts';
import { RELEASE_ROUTES } from './consents/release-routes.ts';
import { CONSENT_ROUTES } from './consents/routes.ts';
import { LINK_ROUTES } from './links/routes.ts';
import { NOTICE_ROUTES } from './notices/routes.ts';
import { OPERATION_ROUTES } from './operation/routes.ts';
import { PATIENT_ROUTES } from './patients/routes.ts';
import { PEOPLE_ROUTES } from './people/routes.ts';
import { RECORD_ROUTES } from './record/routes.ts';
import { RIGHTS_ROUTES } from './rights/routes.ts';
import { FACTOR_ROUTES } from './session/factors.ts';
import { PASSKEY_ROUTES } from './session/passkeys.ts';
import { SESSION_ROUTES } from './session/routes.ts';
import { SHARING_ROUTES } from './sharing/routes.ts';
import { STUDY_ROUTES } from './studies/routes.ts';
import { UPLOAD_ROUTES } from './uploads/routes.ts';

const schema = closedSchema(
  z
    .object({
      name: z.string().trim().default(''),
      parts: z.array(z.object({ title: z.string() }).superRefine(() => {})).optional(),
      facility: z.object({ code: z.string() }).nullable().optional(),
      counts: z.record(z.string(), z.number()).optional(),
    })
    .superRefine(() => {}),
);

test.each<[unknown, string | undefined]>([
  [{}, undefined],
  [{ name: 1, parts: [{ title: 'a' }, {}], facility: null, counts: { any: 1 } }, undefined],
  [[{ nickname: 1 }], undefined],
  ['text', undefined],
  [undefined, undefined],
  [{ nickname: 1 }, 'nickname'],
  [{ Name: 1 }, 'Name'],
  [{ toString: 1 }, 'toString'],
  [{ name: '', nickname: undefined }, 'nickname'],
  [{ parts: [{ title: 'a' }, { title: 'a', colour: 'red' }] }, 'parts.1.colour'],
  [{ facility: { code: 'A', name: 'B' } }, 'facility.name'],
  [{ ['x'.repeat(1000)]: 1 }, 'x'.repeat(100)],
])('of %j nobody reads %s', (body, unknown) => {
  const demand = () => demandKnownMembers(schema, body);
  if (unknown === undefined) expect(demand).not.toThrow();
  else expect(demand).toThrow(expect.objectContaining({ kind: 'invalid', ids: { reason: 'malformed', value: unknown } }));
});

/** Where members of a part are said in a way that is not read here, and would be let in. */
function unread(part: unknown, way: string): readonly string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, inner]) =>
    ['allOf', 'oneOf', '$ref', 'patternProperties', 'prefixItems'].includes(name) ? [`${way}.${name}`] : unread(inner, `${way}.${name}`),
  );
}

const ROUTES = [
  SESSION_ROUTES,
  STUDY_ROUTES,
  SHARING_ROUTES,
  PEOPLE_ROUTES,
  UPLOAD_ROUTES,
  OPERATION_ROUTES,
  RECORD_ROUTES,
  NOTICE_ROUTES,
  LINK_ROUTES,
  PATIENT_ROUTES,
  RIGHTS_ROUTES,
  FACTOR_ROUTES,
  CONSENT_ROUTES,
  RELEASE_ROUTES,
  PASSKEY_ROUTES,
];
const BODIES = ROUTES.flat().flatMap(({ method, path, body }) => (body === undefined ? [] : [[`${method} ${path}`, body] as const]));

test.each(BODIES)('members of the body of %s are all read', (row, body) => {
  expect(unread(closedSchema(body), row)).toEqual([]);
});

test('members in a tuple would not be', () => {
  const pair = z.object({ pair: z.tuple([z.object({ a: z.string() })]) });
  expect(unread(closedSchema(pair), 'pair')).toEqual(['pair.properties.pair.prefixItems']);
});
