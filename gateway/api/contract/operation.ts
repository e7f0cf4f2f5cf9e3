/** What the administrator of the region looks at. */
import { z } from 'zod';

/** GET /api/quarantine?before=&limit= */
export const quarantineSchema = z.object({
  id: z.string(),
  at: z.string(),
  facilityCode: z.string(),
  facilityName: z.string(),
  reason: z.string(),
  bytes: z.number(),
  door: z.string(),
  sender: z.string().nullable(),
  /** As the sender calls it; null: it came without a name. */
  fileName: z.string().nullable(),
  /** The asker may take the file out. */
  mayTakeOut: z.boolean(),
});
/** POST /api/quarantine/:id/retry. `quarantined`: still unreadable, and why. */
export const retriedQuarantineSchema = z.object({
  outcome: z.enum(['stored', 'duplicate', 'new-version', 'quarantined', 'refused', 'skipped']),
  reason: z.string().nullable(),
});
export type RetriedQuarantine = z.infer<typeof retriedQuarantineSchema>;
export type Quarantine = z.infer<typeof quarantineSchema>;
export const quarantineListSchema = z.object({ entries: z.array(quarantineSchema) });
/** GET /api/warnings: what the operator should change, newest first. */
export const warningSchema = z.object({
  code: z.enum(['proxy-not-trusted', 'proxy-not-named', 'clock-drift', 'audit-syslog-lags']),
  /** Where from, which setting or which machine: no patient, no person. */
  detail: z.string(),
  firstAt: z.string(),
  lastAt: z.string(),
  count: z.number(),
});
export type Warning = z.infer<typeof warningSchema>;
