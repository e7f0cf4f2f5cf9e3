import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditAction } from '../../gateway/domain/record/audit.ts';
import { readShared } from '../fixtures/dicom/shared-data.ts';
import { type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';

/** What the record says of pictures that are looked at without the study being opened. */

const CT = await readShared('series/ct-head-phantom-140/I10');
const STUDY = `/dicom-web/studies/${CT.studyInstanceUID}`;
const SERIES = `${STUDY}/series/${CT.seriesInstanceUID}`;
const INSTANCE = `${SERIES}/instances/${CT.sopInstanceUID}`;

let door: RunningDoor;

beforeAll(async () => {
  door = await startDoor(['H1']);
  expect((await door.store('H1', [readFileSync(CT.path)])).status).toBe(200);
}, 120_000);
afterAll(() => door?.close());

const count = async (action: AuditAction) => (await door.index.audit.find({ actions: [action], limit: 10_000 })).length;
const onRecord = async () => ({ thumbnails: await count('thumbnails-viewed'), views: await count('study-viewed') });

test('thumbnails, PS3.18 10.4.1.1.4, are one entry of their own; a size one chooses is a view', async () => {
  for (const path of [STUDY, SERIES, INSTANCE]) {
    expect((await door.fetch('H1', `${path}/thumbnail`, { headers: { accept: 'image/jpeg' } })).status).toBe(200);
  }
  expect(await onRecord()).toEqual({ thumbnails: 1, views: 0 });
  expect((await door.fetch('H1', `${SERIES}/thumbnail?viewport=512,512`, { headers: { accept: 'image/jpeg' } })).status).toBe(200);
  expect(await onRecord()).toEqual({ thumbnails: 1, views: 1 });
});
