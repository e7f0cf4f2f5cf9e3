import { asDomainError, DomainError } from '../../domain/errors.ts';
import type { Sha256 } from '../../domain/identifiers.ts';
import { formatStudyOf } from '../../domain/imaging/study-address.ts';
import { FILE_NAME_CHARS_MAX, FILE_NAME_HEADER } from '../contract/bounds.ts';
import { keptAnswerSchema, keptQuestionSchema, knownFilesSchema, uploadOutcomeSchema } from '../contract/uploads.ts';
import { headerText } from '../parameters.ts';
import { type ApiRoute, memberRoute, type Uses } from '../route.ts';

/** After a 503 the sender may try again, seconds. */
const UPLOAD_RETRY_AFTER_S = 2;

export const UPLOAD_ROUTES: readonly ApiRoute[] = [
  memberRoute({
    method: 'POST',
    path: '/uploads/known',
    summary: 'Which of these files the facility keeps already',
    action: 'study.store',
    recorded: false,
    body: knownFilesSchema,
    answer: knownFilesSchema,
    handle: async ({ studies }: Uses<{ studies: 'knownDigests' }>, { facility, body }) => ({
      body: { sha256: [...(await studies.knownDigests(facility.id, body.sha256 as Sha256[]))] },
    }),
  }),
  memberRoute({
    method: 'POST',
    path: '/uploads/held',
    summary: 'How much of these exams the facility keeps already',
    action: 'study.store',
    recorded: false,
    body: keptQuestionSchema,
    answer: keptAnswerSchema,
    handle: async ({ studies }: Uses<{ studies: 'keptOf' }>, { facility: { id, code }, body }) => {
      const found = await studies.keptOf(id, body.studies);
      const ofStudy = (ordinal: number | undefined) => (ordinal === undefined ? null : formatStudyOf({ ownerCode: code, ordinal }));
      return { body: { studies: found.map(({ held, ordinal, otherBirthDate }) => ({ held, otherBirthDate, of: ofStudy(ordinal) })) } };
    },
  }),
  memberRoute({
    method: 'POST',
    path: '/uploads/file',
    summary: 'Upload one DICOM file (application/octet-stream)',
    action: 'study.store',
    recorded: false,
    streams: true,
    answer: uploadOutcomeSchema,
    handle: async ({ receiver }: Uses<{ receiver: 'receive' }>, { actor, facility, request }) => {
      const fileName = fileNameOf(request.headers[FILE_NAME_HEADER]);
      const { remoteAddress, userId, job } = actor;
      const source = { door: 'upload', remoteAddress, userId, job, ...(fileName === undefined ? {} : { fileName }) } as const;
      const { leaving } = request.sending;
      const outcome = await receiver.receive({ facility, source }, request.body, leaving).catch(unavailableWhenBusy);
      // It is asked with no study named, so none is refused for being of another.
      if (outcome.kind === 'refused') throw new DomainError('conflict', outcome.reason);
      const place = 'place' in outcome ? outcome.place : undefined;
      return {
        body: {
          outcome: outcome.kind === 'skipped' ? outcome.reason : outcome.kind,
          studyInstanceUID: place?.studyInstanceUID ?? null,
          of: place?.of === undefined ? null : formatStudyOf(place.of),
          sopInstanceUID: 'sopInstanceUID' in outcome ? (outcome.sopInstanceUID ?? null) : null,
          warnings: 'warnings' in outcome ? [...outcome.warnings] : 'reason' in outcome ? [outcome.reason] : [],
        },
      };
    },
  }),
];

/** What the sender calls the file, its end if that is long; undefined when it cannot be read. */
function fileNameOf(header: string | readonly string[] | undefined): string | undefined {
  const name = headerText(header, FILE_NAME_CHARS_MAX)?.slice(-FILE_NAME_CHARS_MAX);
  return name === '' ? undefined : name;
}

/** The house has no room now: 503, not the 429 of one who asks too often. */
function unavailableWhenBusy(thrown: unknown): never {
  const error = asDomainError(thrown);
  if (error.kind !== 'busy') throw thrown;
  throw new DomainError('unavailable', error.message, { cause: thrown, ids: { retryAfterSeconds: UPLOAD_RETRY_AFTER_S } });
}
