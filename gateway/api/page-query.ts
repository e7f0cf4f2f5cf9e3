/** What many rows of the table ask for: a page, a row by its number. */
import { z } from 'zod';

const PAGE_MAX = 200;
/** Rows are counted from 1; no table comes near, and every number of so many digits is exact. */
export const rowNumber = z.string().regex(/^\d{1,15}$/);
export const idParams = z.object({ id: rowNumber });
export const pageQuery = z.object({
  before: rowNumber.optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
});
export type Page = z.output<typeof pageQuery>;
