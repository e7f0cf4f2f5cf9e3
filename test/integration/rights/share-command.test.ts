/** A share made on the command line: in the owner's name, by no person, and on record as such. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Command, parseCommand } from '../../../gateway/commands/command-line.ts';
import { runShareCommand } from '../../../gateway/commands/share-command.ts';
import type { ApiClient } from '../../fixtures/api-client.ts';
import { smallFile } from '../../fixtures/dicom/small-dicom.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const STUDY = '2.25.815';
const DAY = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 'YYYY-MM-DD'.length);

let running: RunningRegion;
beforeAll(async () => {
  running = await startSmallRegion('share-command');
  await stored(running.region.hospital, STUDY, 'P-1');
}, 120_000);
afterAll(() => running?.close());

async function stored(by: ApiClient, studyInstanceUID: string, patientID: string): Promise<void> {
  const file = smallFile({
    studyInstanceUID,
    seriesInstanceUID: `${studyInstanceUID}.1`,
    sopInstanceUID: `${studyInstanceUID}.${patientID.length}`,
    patientID,
  });
  expect((await by.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) })).status).toBe(200);
}

function share(study: string, from: string, until = DAY) {
  const command = parseCommand(['share', '--study', study, '--from', from, '--to', 'CLINIC', '--until', until]);
  const stores = { ...running.gateway.stores.index, clock: { now: () => new Date() }, timeZone: 'Asia/Tokyo' };
  return runShareCommand(stores, command as Extract<Command, { name: 'share' }>);
}

test('the facility sees the study to the end of the day; again is the same share; owner and record read that nobody’s person made it', async () => {
  const { hospital, clinic } = running.region;
  const metadata = `/dicom-web/studies/${STUDY}/metadata`;
  expect((await clinic.fetch(metadata)).status).toBe(404);
  const shared = await share(STUDY, 'HOSPITAL');
  expect(shared).toMatchObject({ study: STUDY, from: 'HOSPITAL', to: 'CLINIC', until: `${DAY}T14:59:59.999Z` });
  expect(await share(STUDY, 'HOSPITAL')).toEqual(shared);
  await expect.poll(async () => (await clinic.fetch(metadata)).status).toBe(200);

  const { body } = await hospital.call<{ shares: object[] }>('GET', `/api/studies/${STUDY}/shares`);
  expect(body.shares).toMatchObject([{ facility: { code: 'CLINIC' }, createdBy: null, createdByRomaji: null }]);
  const disclosed = await hospital.call<{ disclosures: { action: string }[] }>('GET', `/api/studies/${STUDY}/disclosures`);
  const entries = disclosed.body.disclosures.filter(({ action }) => action === 'study-shared');
  expect(entries).toHaveLength(2);
  expect(entries[0]).toMatchObject({
    who: { name: 'command', facility: '中央病院' },
    remoteAddress: 'command line',
    right: { kind: 'owner' },
  });
});

test.each([
  ['a study that nobody has', '2.25.404', 'HOSPITAL', DAY, 'not-found'],
  ['who was only given it', STUDY, 'CLINIC', DAY, 'not-found'],
  ['who may not know of it', STUDY, 'STRANGER', DAY, 'not-found'],
  ['a facility that is not there', STUDY, 'NOWHERE', DAY, 'not-found'],
  ['a day that is over', STUDY, 'HOSPITAL', '2020-01-01', 'invalid'],
])('%s is refused', async (_name, study, from, until, kind) => {
  await expect(share(study, from, until)).rejects.toMatchObject({ kind });
});

test('a UID that several studies of the owner go by is refused: the wrong patient’s might be meant', async () => {
  await stored(running.region.hospital, '2.25.816', 'P-1');
  await stored(running.region.hospital, '2.25.816', 'P-02');
  await expect(share('2.25.816', 'HOSPITAL')).rejects.toMatchObject({ kind: 'conflict' });
});
