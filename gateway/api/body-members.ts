import { z } from 'zod';
import { DomainError } from '../domain/errors.ts';

/** A schema of JSON Schema, by what is read here of it. */
interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Names of members are answered up to so many characters. */
const NAME_CHARS_MAX = 100;

/** What a body or a query may be, every member of it named: what a schema of the contract does not know would be left out in silence otherwise. */
export function closedSchema(body: z.ZodType): JsonSchema {
  return z.toJSONSchema(body, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.properties !== undefined) jsonSchema.additionalProperties ??= false;
    },
  }) as JsonSchema;
}

/** @throws invalid that names the first member nobody reads */
export function demandKnownMembers(schema: JsonSchema, given: unknown, what: 'member' | 'parameter' = 'member'): void {
  const unknown = unknownMember(schema, given);
  if (unknown === undefined) return;
  const value = unknown.slice(0, NAME_CHARS_MAX);
  throw new DomainError('invalid', `${value}: there is no such ${what}`, { ids: { reason: 'malformed', value } });
}

const NOTHING = closedSchema(z.object({}));
const known = new WeakMap<z.ZodType, JsonSchema>();

/** `closedSchema`, once for each schema; for none of them, that nothing is taken. */
export function closedOnce(schema: z.ZodType | undefined): JsonSchema {
  if (schema === undefined) return NOTHING;
  const closed = known.get(schema) ?? closedSchema(schema);
  known.set(schema, closed);
  return closed;
}

/** Its way down, `aeTitles.0.colour`. */
function unknownMember(schema: JsonSchema, value: unknown, way = ''): string | undefined {
  if (schema.anyOf !== undefined) {
    // One of them may be `null`, which says nothing of members.
    const found = schema.anyOf.filter((one) => one.type === typeOf(value)).map((one) => unknownMember(one, value, way));
    return found.includes(undefined) ? undefined : found[0];
  }
  if (Array.isArray(value)) return schema.items === undefined ? undefined : firstOf(value.entries(), () => schema.items, way);
  if (typeof value !== 'object' || value === null || schema.properties === undefined) return undefined;
  const { properties, additionalProperties } = schema;
  return firstOf(
    Object.entries(value),
    (name) => (Object.hasOwn(properties, name) ? properties[name] : additionalProperties === false ? undefined : {}),
    way,
  );
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
}

function firstOf<Key extends string | number>(
  members: Iterable<[Key, unknown]>,
  schemaOf: (key: Key) => JsonSchema | undefined,
  way: string,
): string | undefined {
  for (const [key, value] of members) {
    const at = way === '' ? String(key) : `${way}.${key}`;
    const schema = schemaOf(key);
    const unknown = schema === undefined ? at : unknownMember(schema, value, at);
    if (unknown !== undefined) return unknown;
  }
  return undefined;
}
