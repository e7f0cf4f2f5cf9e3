import { HTTP_STATUS } from '../doorstep/status.ts';

/** As everywhere in HTTP, except that a page that asks too much at a time is told so of itself, not of the gateway. */
export const API_STATUS = { ...HTTP_STATUS, busy: 429 } as const;
