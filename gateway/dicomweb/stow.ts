import type { z } from 'zod';
import type { ByteStream } from '../domain/byte-stream.ts';
import { asDomainError, DomainError } from '../domain/errors.ts';
import type { SOPClassUID, SOPInstanceUID, StudyInstanceUID } from '../domain/identifiers.ts';
import type { DicomJson } from '../domain/imaging/dataset.ts';
import type { ReceiveOutcome, Receiver } from '../domain/imaging/reception.ts';
import type { Source } from '../domain/imaging/study.ts';
import type { Actor, FacilityRef } from '../domain/people/actor.ts';
import type { HttpAnswer } from '../doorstep/exchange.ts';
import { HTTP_STATUS } from '../doorstep/status.ts';
import { FAILURE_OTHER_STUDY, FAILURE_REASON, RETRY_AFTER_S, WARNING_DATA_SET_DOES_NOT_MATCH } from './failure-reason.ts';
import { covers, essenceOf, parseAccept, parseMediaType } from './media/media-types.ts';
import { readMultipart } from './media/multipart-reader.ts';
import { DICOM_JSON } from './media/outgoing.ts';
import { acceptOf, ofParams, onceEach, studyParams } from './parameters.ts';
import { type DicomwebPorts, type DicomwebRoute, type MemberCall, memberRoute } from './route.ts';
import { placeUrl } from './study-url.ts';

/** Instances of one request whose last bytes are here and which are being made durable while the next arrives. */
export const STOW_INSTANCES_IN_FLIGHT = 4;
/** Results are kept in memory until the answer; a request with more instances is cut there and says so. */
export const STOW_INSTANCES_MAX = 50_000;

const common = { method: 'POST', action: 'study.store', query: onceEach('accept') } as const;

/** PS3.18 10.5: Store Transaction. */
export const STORE_ROUTES: readonly DicomwebRoute[] = [
  memberRoute({ ...common, path: '/studies', params: ofParams, handle: (ports: Ports, call) => store(ports, call, undefined) }),
  memberRoute({
    ...common,
    path: '/studies/:study',
    params: studyParams,
    handle: (ports: Ports, call) => store(ports, call, call.params.study),
  }),
];

type Ports = Pick<DicomwebPorts, 'receiver' | 'access'>;

async function store(
  { receiver, access }: Ports,
  call: MemberCall<unknown, z.output<typeof common.query>>,
  studyInstanceUID: StudyInstanceUID | undefined,
): Promise<HttpAnswer> {
  if (!parseAccept(acceptOf(call)).some((range) => covers(range, DICOM_JSON) || covers(range, 'application/json'))) {
    throw new DomainError('not-acceptable', 'the answer is made as application/dicom+json only');
  }
  const { actor, facility, request } = call;
  const stored = {
    facility,
    source: sourceOf(actor),
    ...(studyInstanceUID === undefined ? {} : { studyInstanceUID }),
  };
  // Once its body is read, a request no longer knows its connection.
  const root = call.root();
  const results = await storeAll(receiver, call, stored, request.sending.leaving);
  for (const uid of new Set(results.flatMap(({ kept }) => (kept === undefined ? [] : [kept.place.studyInstanceUID])))) access.forget(uid);
  const status = statusOf(results);
  return {
    status,
    headers: {
      'content-type': DICOM_JSON,
      ...(status === 503 ? { 'retry-after': RETRY_AFTER_S } : {}),
      ...(results.some(isGivenUp) ? { connection: 'close' } : {}),
    },
    body: JSON.stringify(storeResponse(results, root)),
  };
}

/** What became of one instance: kept, or why not. */
export interface StoreResult {
  readonly kept?: Extract<ReceiveOutcome, { kind: 'stored' | 'duplicate' | 'new-version' }>;
  readonly failure?: {
    readonly reason: number;
    /** The status the request has when nothing but this happened. */
    readonly status: number;
    readonly sopClassUID?: SOPClassUID;
    readonly sopInstanceUID?: SOPInstanceUID;
  };
}

interface StoreRequest {
  readonly facility: FacilityRef;
  readonly source: Source;
  readonly studyInstanceUID?: StudyInstanceUID;
}

function sourceOf(actor: Actor): Source {
  return {
    door: 'stow',
    remoteAddress: actor.remoteAddress,
    ...(actor.kind === 'person' ? { userId: actor.userId, job: actor.job } : {}),
  };
}

/**
 * Takes the parts one after another. An instance whose bytes are all here becomes durable while the next is read, so that a sender on one
 * connection is not held up by each sync. What is wrong with one part is that part's result; what is wrong with the body ends the request.
 */
async function storeAll(
  receiver: Receiver,
  { request, stillMay }: Pick<MemberCall<unknown, unknown>, 'request' | 'stillMay'>,
  store: StoreRequest,
  signal: AbortSignal,
): Promise<StoreResult[]> {
  const contentType = parseMediaType(request.headers['content-type'] ?? '');
  // Stopping early must not break the connection: the sender is still to hear why.
  const body: ByteStream = request.body.iterator({ destroyOnReturn: false });
  if (essenceOf(contentType) === 'application/dicom') {
    const result = await storeOne(receiver, store, body, signal);
    request.body.resume();
    signal.throwIfAborted();
    return [result];
  }
  const type = (contentType.parameters.get('type') ?? 'application/dicom').toLowerCase();
  if (type !== 'application/dicom') {
    throw new DomainError('unsupported', 'instances are taken as application/dicom; metadata with separate bulk data is not supported');
  }
  const boundary = contentType.parameters.get('boundary');
  if (boundary === undefined) throw new DomainError('invalid', 'Content-Type names no boundary');

  const results: Promise<StoreResult>[] = [];
  const inFlight = new Set<Promise<StoreResult>>();
  try {
    for await (const part of readMultipart(body, boundary)) {
      if (results.length >= STOW_INSTANCES_MAX) {
        results.push(Promise.resolve(failed(new DomainError('too-large', 'too many instances in one request'))));
        break;
      }
      const lost = await stillMay().catch(asDomainError);
      if (lost !== undefined) {
        results.push(Promise.resolve(failed(lost)));
        break;
      }
      const partType = part.headers.get('content-type');
      if (partType !== undefined && essenceOf(parseMediaType(partType)) !== 'application/dicom') {
        results.push(Promise.resolve(failed(new DomainError('unsupported', 'a part is not application/dicom'), FAILURE_REASON.invalid)));
        continue;
      }
      const { stream, drained } = watched(part.body);
      const result = storeOne(receiver, store, stream, signal);
      results.push(result);
      inFlight.add(result);
      void result.then(() => inFlight.delete(result));
      // A sender that was given up would keep the rest of its body, and its answer, for ever.
      if (await Promise.race([drained.then(() => false), result.then(isGivenUp)])) break;
      if (inFlight.size >= STOW_INSTANCES_IN_FLIGHT) await Promise.race(inFlight);
    }
  } catch (thrown) {
    const kept = await Promise.all(results);
    signal.throwIfAborted();
    const error = asDomainError(thrown);
    if (!kept.some((result) => result.kept !== undefined) || error.kind !== 'invalid') throw thrown;
    // The instances before the break are durable, and the sender must hear of them.
    return kept.some((result) => result.failure !== undefined) ? kept : [...kept, failed(error)];
  } finally {
    // What the sender still has to say (an epilogue, or the rest of a body that was given up) is let run out.
    request.body.resume();
  }
  const settled = await Promise.all(results);
  signal.throwIfAborted();
  if (settled.length === 0) throw new DomainError('invalid', 'the request holds no instance');
  return settled;
}

async function storeOne(receiver: Receiver, store: StoreRequest, bytes: ByteStream, signal: AbortSignal): Promise<StoreResult> {
  let outcome: ReceiveOutcome;
  try {
    outcome = await receiver.receive(store, bytes, signal);
  } catch (thrown) {
    return failed(asDomainError(thrown));
  }
  switch (outcome.kind) {
    case 'stored':
    case 'duplicate':
    case 'new-version':
      return { kept: outcome };
    case 'quarantined': {
      const { sopClassUID, sopInstanceUID } = outcome;
      return {
        failure: {
          reason: FAILURE_REASON.invalid,
          status: HTTP_STATUS.conflict,
          ...(sopClassUID === undefined ? {} : { sopClassUID }),
          ...(sopInstanceUID === undefined ? {} : { sopInstanceUID }),
        },
      };
    }
    case 'refused':
      return {
        failure: {
          reason: FAILURE_OTHER_STUDY,
          status: HTTP_STATUS.conflict,
          sopClassUID: outcome.sopClassUID,
          sopInstanceUID: outcome.sopInstanceUID,
        },
      };
    case 'skipped':
      return { failure: { reason: FAILURE_REASON.invalid, status: HTTP_STATUS.conflict } };
  }
}

function isGivenUp(result: StoreResult): boolean {
  return result.failure?.status === HTTP_STATUS['too-slow'];
}

function failed(error: DomainError, reason: number = FAILURE_REASON[error.kind]): StoreResult {
  return { failure: { reason, status: HTTP_STATUS[error.kind] } };
}

/** Tells when the consumer has come to the end of a stream, or has let go of it. */
function watched(bytes: ByteStream): { readonly stream: ByteStream; readonly drained: Promise<void> } {
  let tell: () => void = () => undefined;
  const drained = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const stream = (async function* () {
    try {
      yield* bytes;
    } finally {
      tell();
    }
  })();
  return { stream, drained };
}

/** PS3.18 table 10.5.3-1: 200 when all are stored without a warning, 202 when some are, 409 when none is. */
function statusOf(results: readonly StoreResult[]): number {
  const failures = results.flatMap((result) => (result.failure === undefined ? [] : [result.failure]));
  if (failures.length === 0) return results.some((result) => (result.kept?.warnings.length ?? 0) > 0) ? 202 : 200;
  if (failures.length < results.length) return 202;
  const [first] = failures;
  // Nothing was stored and all for one reason that the sender can act on: out of space, busy, too large, not DICOM.
  return first !== undefined && failures.every((failure) => failure.status === first.status) ? first.status : HTTP_STATUS.conflict;
}

/** PS3.18 table I.1-1: Store Instances Response Module. */
function storeResponse(results: readonly StoreResult[], root: string): DicomJson {
  const references: DicomJson[] = [];
  const failures: DicomJson[] = [];
  const others: DicomJson[] = [];
  const studies = new Set<string>();
  for (const { kept, failure } of results) {
    if (kept !== undefined) {
      const study = placeUrl(root, kept.place);
      studies.add(study);
      const url = `${study}/series/${kept.place.seriesInstanceUID}/instances/${kept.sopInstanceUID}`;
      references.push({
        ...reference(kept.sopClassUID, kept.sopInstanceUID),
        '00081190': { vr: 'UR', Value: [url] },
        ...(kept.warnings.length === 0 ? {} : { '00081196': { vr: 'US', Value: [WARNING_DATA_SET_DOES_NOT_MATCH] } }),
      });
    }
    if (failure !== undefined) {
      const reason = { '00081197': { vr: 'US', Value: [failure.reason] } };
      if (failure.sopInstanceUID === undefined) others.push(reason);
      else failures.push({ ...reference(failure.sopClassUID, failure.sopInstanceUID), ...reason });
    }
  }
  const [study] = studies;
  return {
    ...(studies.size === 1 ? { '00081190': { vr: 'UR', Value: [study ?? ''] } } : {}),
    ...(failures.length === 0 ? {} : { '00081198': { vr: 'SQ', Value: failures } }),
    ...(references.length === 0 ? {} : { '00081199': { vr: 'SQ', Value: references } }),
    // Other Failures Sequence: those of which not even the UID is known.
    ...(others.length === 0 ? {} : { '0008119A': { vr: 'SQ', Value: others } }),
  };
}

function reference(sopClassUID: string | undefined, sopInstanceUID: string): DicomJson {
  return {
    '00081150': sopClassUID === undefined ? { vr: 'UI' } : { vr: 'UI', Value: [sopClassUID] },
    '00081155': { vr: 'UI', Value: [sopInstanceUID] },
  };
}
