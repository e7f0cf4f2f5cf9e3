import '@fastify/cookie';
import 'fastify';
import type { Action } from '../domain/sharing/access.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route lets its caller do; `domain/access.ts` decides. A route without one must be `open`. */
    action?: Action | undefined;
    /** Serves the same to everyone, signed in or not: health, sign-in, the viewer's own files. */
    open?: true;
    /** Its answer is sent as br or gzip to who takes it. */
    compressed?: boolean;
  }
}
