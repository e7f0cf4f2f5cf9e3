import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import { echo } from '../../gateway/dimse/services/c-echo-scu.ts';
import { storeInstance } from '../../gateway/dimse/services/c-store-scu.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import { freePort, MemoryReceiver, openDoor, readPart10, startPeer } from '../fixtures/servers/dimse-peers.ts';

const SERIES = new URL('../../../shared/data/series/ct-head-phantom-140/', import.meta.url).pathname;
const COUNT = 12;

it('PS3.4 B.2 and B.3: to Orthanc and back, as SCU and as SCP', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'renkei-orthanc-'));
  const receiver = new MemoryReceiver();
  const door = await openDoor({ receiver });
  const httpPort = await freePort();
  const orthanc = await startPeer('Orthanc', (dicomPort) => {
    const configuration = {
      Name: 'peer',
      StorageDirectory: folder,
      IndexDirectory: folder,
      DicomAet: 'PACS',
      DicomPort: dicomPort,
      HttpPort: httpPort,
      DicomAlwaysAllowStore: true,
      DicomModalities: { renkei: ['RENKEI', '127.0.0.1', door.port] },
      AuthenticationEnabled: false,
    };
    writeFileSync(join(folder, 'orthanc.json'), JSON.stringify(configuration));
    return [join(folder, 'orthanc.json')];
  });
  try {
    const peer = { host: '127.0.0.1', port: orthanc.port, callingAETitle: 'RENKEI', calledAETitle: 'PACS' };
    expect(await echo(peer)).toBe(0);
    const samples = readdirSync(SERIES)
      .slice(0, COUNT)
      .map((name) => readPart10(join(SERIES, name)));
    const [first] = samples;
    if (first === undefined) throw new Error('no sample');
    const contexts = [{ abstractSyntax: first.sopClassUID, transferSyntaxes: [first.transferSyntaxUID] }];
    const association = await openAssociation({ ...peer, contexts });
    for (const sample of samples) {
      if (sample === undefined) throw new Error('not a Part 10 file');
      const result = await storeInstance(association, {
        sopClassUID: sample.sopClassUID as SOPClassUID,
        sopInstanceUID: sample.sopInstanceUID as SOPInstanceUID,
        transferSyntaxUID: sample.transferSyntaxUID as TransferSyntaxUID,
        dataSet: once(sample.dataSet),
      });
      expect(result).toMatchObject({ status: 0, kept: true });
    }
    await association.release();

    const studies = (await (await fetch(`http://127.0.0.1:${httpPort}/studies`)).json()) as string[];
    expect(studies).toHaveLength(1);
    const sent = await fetch(`http://127.0.0.1:${httpPort}/modalities/renkei/store`, { method: 'POST', body: studies[0] ?? '' });
    expect(sent.status).toBe(200);
    const uids = (list: readonly (string | undefined)[]) => [...list].sort();
    expect(uids(receiver.received.map(({ request }) => request.dataSet?.sopInstanceUID))).toEqual(
      uids(samples.map((one) => one?.sopInstanceUID)),
    );
  } finally {
    await orthanc.stop();
    await door.close(0);
    rmSync(folder, { recursive: true, force: true });
  }
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
