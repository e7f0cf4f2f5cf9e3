/** What the people of a job may do at a kind of facility, for administrators. */
import { z } from 'zod';
import { JOBS } from '../../domain/people/actor.ts';
import { FACILITY_KINDS } from '../../domain/people/facility-kind.ts';
import { ACTS, BOUND_REASONS } from '../../domain/sharing/job-rights.ts';
import { jobSchema } from './fields.ts';

export const facilityKindSchema = z.enum(FACILITY_KINDS);
const actSchema = z.enum(ACTS);
const scopeSchema = z.enum(['none', 'own', 'all']);

const cellFields = { job: jobSchema, kind: facilityKindSchema, act: actSchema, scope: scopeSchema };
export const rightsCellSchema = z.object(cellFields);
export type RightsCell = z.infer<typeof rightsCellSchema>;
/** Every cell of the table, and no more. */
export const RIGHTS_CELLS_MAX = JOBS.length * FACILITY_KINDS.length * ACTS.length;
const cells = z.array(rightsCellSchema).min(1).max(RIGHTS_CELLS_MAX);

/**
 * GET /api/rights. `usual`: what stands there as long as the region says nothing. `holds`: what comes of it, since one act needs another. `scopes`: what may
 * stand there, and `why` no more may. `undo`: the cells as they were before the last change, where that was another.
 */
export const rightsSchema = z.object({
  revision: z.number(),
  changedAt: z.string().nullable(),
  changedBy: z.string().nullable(),
  cells: z.array(
    z.object({
      ...cellFields,
      usual: scopeSchema,
      holds: scopeSchema,
      scopes: z.array(scopeSchema),
      why: z.enum(BOUND_REASONS).nullable(),
    }),
  ),
  undo: z.array(rightsCellSchema),
});
export type Rights = z.infer<typeof rightsSchema>;
export type RightsRow = Rights['cells'][number];
export type { FacilityKind } from '../../domain/people/facility-kind.ts';

/** PATCH /api/rights: these cells in place of theirs, if nobody has changed any since `revision`. */
export const changeRightsSchema = z.object({ revision: z.number().int().min(0).max(2_000_000_000), cells });
export type ChangeRights = z.infer<typeof changeRightsSchema>;

/** POST /api/rights/preview: whom the change would let do more or less. `people` with open accounts at `facilities`. */
export const previewRightsSchema = z.object({ cells });
export const rightsPreviewSchema = z.object({
  effects: z.array(
    z.object({ job: jobSchema, act: actSchema, from: scopeSchema, to: scopeSchema, people: z.number(), facilities: z.number() }),
  ),
});
export type RightsPreview = z.infer<typeof rightsPreviewSchema>;
