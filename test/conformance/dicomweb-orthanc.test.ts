import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readShared, SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { startDoor } from '../fixtures/servers/dicomweb-door.ts';
import { startOrthanc } from '../fixtures/servers/orthanc.ts';

const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';
const FOLDER = 'series/ct-head-phantom-140';
const COUNT = 12;

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

it('PS3.18 10.4 to 10.6: Orthanc sends by STOW-RS, searches by QIDO-RS and reads back by WADO-RS', async () => {
  const door = await startDoor(['H1']);
  const renkei = { Url: `${door.url}/dicom-web/`, HttpHeaders: { Authorization: 'Bearer H1' } };
  const { rest, file, stop } = await startOrthanc({ Plugins: [PLUGIN], DicomWeb: { Enable: true, Servers: { renkei } } });
  const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });
  const digests = async () => {
    const files: string[] = [];
    for (const id of await rest<string[]>('/instances')) files.push(md5(await file(id)));
    return files.sort();
  };
  try {
    const names = readdirSync(`${SHARED_DATA.folder}${FOLDER}`).sort().slice(0, COUNT);
    for (const name of names) await rest('/instances', { method: 'POST', body: readFileSync(`${SHARED_DATA.folder}${FOLDER}/${name}`) });
    const { studyInstanceUID } = await readShared(`${FOLDER}/${names[0]}`);
    const before = await digests();
    expect(before).toHaveLength(COUNT);
    const [study] = await rest<string[]>('/studies');

    await rest('/dicom-web/servers/renkei/stow', post({ Resources: [study], Synchronous: true }));
    const found = await door.fetch('H1', `/dicom-web/instances?StudyInstanceUID=${studyInstanceUID}`);
    expect(await found.json()).toHaveLength(COUNT);

    const search = { Uri: '/studies', Arguments: { StudyInstanceUID: studyInstanceUID } };
    expect(await rest<unknown[]>('/dicom-web/servers/renkei/qido', post(search))).toHaveLength(1);

    await rest(`/studies/${study}`, { method: 'DELETE' });
    expect(await digests()).toEqual([]);
    await rest('/dicom-web/servers/renkei/retrieve', post({ Resources: [{ Study: studyInstanceUID }], Synchronous: true }));
    expect(await digests()).toEqual(before);
  } finally {
    await stop();
    await door.close();
  }
});
