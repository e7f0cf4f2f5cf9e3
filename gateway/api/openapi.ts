import { z } from 'zod';
import { closedSchema } from './body-members.ts';
import { problemSchema } from './contract/problem.ts';
import type { ApiRouteHead } from './route.ts';

/** OpenAPI 3.1 document of /api, made from the same table and schemas that check the requests. */
export function openApiDocument(routes: readonly ApiRouteHead[], version: string, sessionCookie: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = `/api${route.path.replace(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Renkei application API', version, description: 'What the viewer uses. DICOMweb (PS3.18) is at /dicom-web.' },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: sessionCookie },
      },
    },
    paths,
  };
}

function operation(route: ApiRouteHead): object {
  const success = String(route.status ?? 200);
  return {
    summary: route.summary,
    security: route.action === 'open' ? [] : [{ token: [] }, { session: [] }],
    parameters: [...parameters('path', route.params), ...parameters('query', route.query)],
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: closedSchema(route.body) } } } }),
    ...(route.streams === undefined ? {} : { requestBody: { required: true, content: { 'application/octet-stream': {} } } }),
    responses: {
      [success]: {
        description: 'done',
        ...(route.answer === undefined ? {} : { content: { 'application/json': { schema: schema(route.answer, 'output') } } }),
      },
      default: { description: 'a problem', content: { 'application/json': { schema: schema(problemSchema, 'output') } } },
    },
  };
}

function parameters(where: 'path' | 'query', given: z.ZodType | undefined): object[] {
  if (!(given instanceof z.ZodObject)) return [];
  return Object.entries(given.shape as Record<string, z.ZodType>).map(([name, type]) => ({
    name,
    in: where,
    required: where === 'path' || !type.safeParse(undefined).success,
    schema: schema(type, 'input'),
  }));
}

function schema(type: z.ZodType, io: 'input' | 'output'): object {
  return z.toJSONSchema(type, { io, unrepresentable: 'any' });
}
