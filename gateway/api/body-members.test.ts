import { expect, test } from 'vitest';
import { z } from 'zod';
import { closedSchema, demandKnownMembers } from './body-members.ts';

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
