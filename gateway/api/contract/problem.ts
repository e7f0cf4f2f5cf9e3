import { z } from 'zod';

/** Every error of /api: a word of `ErrorKind` and a short reason for engineers; the viewer words it for people. */
export const problemSchema = z.object({
  error: z.string(),
  message: z.string(),
  /** Which of the reasons for that error, by code: `password-common`, `last-administrator`, … */
  reason: z.string().optional(),
  /** What the reason is about: the member that is malformed, the code or AE title that is taken. Never personal. */
  value: z.string().optional(),
  requestId: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;
