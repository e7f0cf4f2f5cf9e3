import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOSTILE_NUMBERS } from '../fixtures/hostile/hostile-numbers.ts';
import { type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';

/** Objects whose numbers are out of all bounds are kept, and every look at them afterwards is an answer of the protocol. */

let door: RunningDoor;
beforeAll(async () => {
  door = await startDoor(['H1']);
});
afterAll(() => door.close());

const looksOf = (study: string): readonly (readonly [path: string, accept: string])[] => {
  const instance = `/dicom-web/studies/${study}/series/${study}.1/instances/${study}.1.1`;
  return [
    [`/dicom-web/instances?StudyInstanceUID=${study}&includefield=all`, 'application/dicom+json'],
    [`/dicom-web/studies/${study}/metadata`, 'application/dicom+json'],
    [`${instance}/frames/1`, 'application/octet-stream'],
    [`${instance}/frames/1`, 'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1'],
    [`${instance}/frames/2147483`, 'application/octet-stream'],
    [`${instance}/rendered`, 'image/png'],
    [`${instance}/thumbnail`, 'image/jpeg'],
    [`/dicom-web/studies/${study}/rendered`, 'image/jpeg'],
    [`/dicom-web/studies/${study}/thumbnail`, 'image/jpeg'],
    [`${instance}/bulkdata/7FE00010`, 'application/octet-stream'],
    [instance, 'application/dicom; transfer-syntax=1.2.840.10008.1.2.1'],
  ];
};

/** Files of one request, and requests at once. */
const AT_ONCE = 16;

test('all are stored, and no look ends in 5xx', async () => {
  const odd: string[] = [];
  const look = async ({ name, studyInstanceUID }: (typeof HOSTILE_NUMBERS)[number]) => {
    for (const [path, accept] of looksOf(studyInstanceUID)) {
      const answer = await door.fetch('H1', path, { headers: { accept } });
      await answer.arrayBuffer();
      if (answer.status >= 500) odd.push(`${name}: ${path} ${accept} ${answer.status}`);
    }
  };
  for (let at = 0; at < HOSTILE_NUMBERS.length; at += AT_ONCE) {
    const some = HOSTILE_NUMBERS.slice(at, at + AT_ONCE);
    const stored = await door.store(
      'H1',
      some.map(({ bytes }) => bytes),
    );
    if (stored.status !== 200 && stored.status !== 202) odd.push(`from ${some[0]?.name}: stored ${stored.status} ${await stored.text()}`);
    await Promise.all(some.map(look));
  }
  expect(odd).toEqual([]);
});

test('derived objects are made or passed over', async () => {
  await door.derive();
  const found = await door.fetch('H1', '/dicom-web/studies?limit=5000', { headers: { accept: 'application/dicom+json' } });
  expect(((await found.json()) as unknown[]).length).toBe(HOSTILE_NUMBERS.length);
});
