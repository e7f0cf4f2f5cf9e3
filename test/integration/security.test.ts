import { get as httpGet, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StudyInstanceUID } from '../../gateway/domain/identifiers.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import type { AuditAction, RecordedAct } from '../../gateway/domain/record/audit.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { eventually } from '../fixtures/eventually.ts';
import { type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';

/** What must stay true while an answer is on its way out, and what the record says of it afterwards. */
const STUDY = '2.25.700' as StudyInstanceUID;
const SERIES = '2.25.700.1';
const INSTANCE = '2.25.700.1.1';
/** More than all buffers between two ends of a loopback connection hold. */
const SIDE = 5_000;
const LARGE_BYTES = SIDE * SIDE * 2;
const REVOKED_WITHIN_MS = 1_000;

let door: RunningDoor;

beforeAll(async () => {
  door = await startDoor(['H1', 'C1', 'F1']);
  const large = smallFile({
    studyInstanceUID: STUDY,
    seriesInstanceUID: SERIES,
    sopInstanceUID: INSTANCE,
    rows: SIDE,
    columns: SIDE,
    pixels: new Uint8Array(LARGE_BYTES),
  });
  const small = [2, 3].map((n) =>
    smallFile({ studyInstanceUID: STUDY, seriesInstanceUID: SERIES, sopInstanceUID: `2.25.700.1.${n}`, instanceNumber: n }),
  );
  expect((await door.store('H1', [large, ...small])).status).toBe(200);
}, 120_000);
afterAll(() => door?.close());

const SERIES_PATH = `/dicom-web/studies/${STUDY}/series/${SERIES}`;

describe('an answer on its way out', () => {
  test.each([
    ['a study', `/dicom-web/studies/${STUDY}`, 'multipart/related; type="application/dicom"; transfer-syntax=*'],
    ['one instance', `${SERIES_PATH}/instances/${INSTANCE}`, 'application/dicom; transfer-syntax=*'],
    ['a large frame', `${SERIES_PATH}/instances/${INSTANCE}/frames/1`, 'application/octet-stream'],
    ['bulk data', `${SERIES_PATH}/instances/${INSTANCE}/bulkdata/7FE00010`, 'application/octet-stream'],
    ['by WADO-URI', `/wado?requestType=WADO&studyUID=${STUDY}&objectUID=${INSTANCE}&contentType=application/dicom`, '*/*'],
  ])('%s ends within a second of its revocation, however slowly it is read', async (_name, path, accept) => {
    const revoke = await share();
    const answer = await open(path, accept, 'C1');
    expect(answer.statusCode).toBe(200);
    await revoke();
    await aSecondPasses();
    const received = await readToTheEnd(answer);
    expect(received.whole).toBe(false);
    expect(received.bytes).toBeLessThan(LARGE_BYTES);
  });

  test('ends with its own right, though another study goes by its UID', async () => {
    const forged = smallFile({ studyInstanceUID: STUDY, seriesInstanceUID: SERIES, sopInstanceUID: INSTANCE, patientID: 'FORGED' });
    expect((await door.store('F1', [forged])).status).toBe(200);
    const revoke = await share();
    const revokeForged = await share('F1');
    const answer = await open(`${SERIES_PATH}/instances/${INSTANCE}`, 'application/dicom; transfer-syntax=*', 'C1');
    expect(answer.statusCode).toBe(200);
    await revoke();
    await aSecondPasses();
    const received = await readToTheEnd(answer);
    expect(received.whole).toBe(false);
    expect(await mayLook()).toBe(true);
    await revokeForged();
    // Until then the UID may be remembered as the forged study.
    await aSecondPasses();
  });

  test('goes on while the right does', async () => {
    const revoke = await share();
    const answer = await open(`/dicom-web/studies/${STUDY}`, 'multipart/related; type="application/dicom"; transfer-syntax=*', 'C1');
    await aSecondPasses();
    const received = await readToTheEnd(answer);
    expect(received.whole).toBe(true);
    expect(received.bytes).toBeGreaterThan(LARGE_BYTES);
    await revoke();
  });
});

describe('the record of a download', () => {
  test('says how many instances went out when the client left', async () => {
    const revoke = await share();
    const before = await lastSeq();
    const answer = await open(`/dicom-web/studies/${STUDY}`, 'multipart/related; type="application/dicom"; transfer-syntax=*', 'C1');
    answer.destroy();
    const entries = await eventually(async () => {
      const found = await since(before, 'study-downloaded');
      return found.length > 1 ? found : undefined;
    });
    expect(entries).toMatchObject([
      { outcome: 'success', toFacilityCode: 'C1', what: { ownerFacilityCode: 'H1', patientID: 'P-1', studyInstanceUID: STUDY, count: 3 } },
      { outcome: 'failed', toFacilityCode: 'C1', what: { studyInstanceUID: STUDY, count: 0, of: 3 } },
    ]);
    await revoke();
  });

  test('says nothing more of one that came to its end', async () => {
    const before = await lastSeq();
    const answer = await door.fetch('H1', `${SERIES_PATH}/instances/2.25.700.1.2`);
    await answer.arrayBuffer();
    expect(await since(before, 'study-downloaded')).toMatchObject([{ outcome: 'success', what: { count: 1 } }]);
  });
});

describe('the record of looking', () => {
  test('a search for what is below a study names the study, its owner and the right', async () => {
    const revoke = await share();
    const before = await lastSeq();
    await (await door.fetch('C1', `${SERIES_PATH}/instances?includefield=all`)).arrayBuffer();
    const [entry] = await since(before, 'studies-listed');
    expect(entry).toMatchObject({ what: { ownerFacilityCode: 'H1', studyInstanceUID: STUDY, patientID: 'P-1', count: 3 } });
    expect(entry?.right).toEqual({ kind: 'share', grant: expect.stringMatching(/^\d+$/) });
    await revoke();
  });

  test('names how many images were laid open, and no series that does not exist', async () => {
    const before = await lastSeq();
    expect((await door.fetch('H1', `/dicom-web/studies/${STUDY}/series/2.25.9/thumbnail`)).status).toBe(404);
    expect(await since(before, 'study-viewed')).toEqual([]);
    expect((await door.fetch('H1', `${SERIES_PATH}/metadata`)).status).toBe(200);
    expect(await since(before, 'study-viewed')).toMatchObject([{ what: { seriesInstanceUID: SERIES, count: 3 } }]);
  });
});

test.each(['a"b', 'a b', 'user@host', 'host/path', 'h:123456'])(
  'a Host of %s is refused and never comes back in an answer',
  async (host) => {
    const answer = await open(`${SERIES_PATH}/metadata`, 'application/dicom+json', 'H1', { host });
    expect(answer.statusCode).toBe(400);
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).not.toContain(host);
  },
);

async function share(owner = 'H1'): Promise<() => Promise<void>> {
  const { index, facilities, userId } = door;
  const study = await index.studies.study(facilities[owner] as never, { studyInstanceUID: STUDY }, new Date());
  const entry = { action: 'study-shared', outcome: 'success', who: { kind: 'person' } } as const;
  const request = { studyId: study?.id as never, toFacilityId: facilities['C1']?.id as never, until: new Date(Date.now() + 3_600_000) };
  // Past the doors, as another process does it.
  const made = await index.shares.share({ ...request, by: userId }, () => [entry], COMMAND_LINE);
  // By either address: what a process remembers of each is for half a second its own.
  await eventually(async () => (await mayLook()) && (await mayLook(`/of/${owner}~1`)));
  return async () => {
    await index.shares.revoke(made.id, request.studyId, userId, { ...entry, action: 'share-revoked' }, COMMAND_LINE);
  };
}

async function mayLook(of = ''): Promise<boolean> {
  const answer = await door.fetch('C1', `/dicom-web${of}/studies/${STUDY}/series`);
  await answer.arrayBuffer();
  return answer.status === 200;
}

/** The head of the answer; its body is not read until asked for. */
function open(path: string, accept: string, facility: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpGet(`${door.url}${path}`, { headers: { accept, authorization: `Bearer ${facility}`, ...headers }, agent: false });
    request.once('response', resolve).once('error', reject);
  });
}

async function readToTheEnd(answer: IncomingMessage): Promise<{ bytes: number; whole: boolean }> {
  let bytes = 0;
  try {
    for await (const chunk of answer) bytes += (chunk as Buffer).length;
  } catch {
    return { bytes, whole: false };
  }
  return { bytes, whole: answer.complete };
}

/** Asks something else of the door again and again, so that time passes for it as in use. */
async function aSecondPasses(): Promise<void> {
  const end = performance.now() + REVOKED_WITHIN_MS;
  while (performance.now() < end) await (await door.fetch('H1', '/dicom-web/studies?limit=1')).arrayBuffer();
}

async function lastSeq(): Promise<number> {
  return (await door.index.audit.find({ limit: 1 }))[0]?.seq ?? 0;
}

/** Oldest first. */
async function since(seq: number, action: AuditAction): Promise<readonly RecordedAct[]> {
  const found = await door.index.audit.find({ actions: [action], limit: 1_000 });
  return found
    .filter((record) => record.seq > seq)
    .reverse()
    .map(({ entry }) => entry);
}
