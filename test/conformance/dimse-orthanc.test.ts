import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import { echo } from '../../gateway/dimse/services/c-echo-scu.ts';
import { storeInstance } from '../../gateway/dimse/services/c-store-scu.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import { MemoryReceiver, openDoor, type Part10, readPart10 } from '../fixtures/servers/dimse-peers.ts';
import { startOrthanc } from '../fixtures/servers/orthanc.ts';

const SERIES = new URL('../../../shared/data/series/ct-head-phantom-140/', import.meta.url).pathname;
const COUNT = 12;

it('PS3.4 B.2 and B.3: to Orthanc and back, as SCU and as SCP', async () => {
  const receiver = new MemoryReceiver();
  const door = await openDoor({ receiver });
  const orthanc = await startOrthanc({
    DicomAlwaysAllowStore: true,
    DicomModalities: { renkei: ['RENKEI', '127.0.0.1', door.port] },
  });
  try {
    const peer = { host: '127.0.0.1', port: orthanc.port, callingAETitle: 'RENKEI', calledAETitle: 'PACS' };
    expect(await echo(peer)).toBe(0);
    const samples = readdirSync(SERIES)
      .slice(0, COUNT)
      .map((name) => readPart10(join(SERIES, name)) as Part10);
    await storeAll(peer, samples);

    const studies = await orthanc.rest<string[]>('/studies');
    expect(studies).toHaveLength(1);
    await orthanc.rest('/modalities/renkei/store', { method: 'POST', body: studies[0] ?? '' });
    const received = receiver.received.map(({ request }) => request.dataSet?.sopInstanceUID);
    expect(received.sort()).toEqual(samples.map(({ sopInstanceUID }) => sopInstanceUID).sort());
  } finally {
    await orthanc.stop();
    await door.close(0);
  }
});

/** Each is kept. */
async function storeAll(peer: Parameters<typeof echo>[0], samples: readonly Part10[]): Promise<void> {
  const [first] = samples;
  if (first === undefined) throw new Error('no sample');
  const contexts = [{ abstractSyntax: first.sopClassUID, transferSyntaxes: [first.transferSyntaxUID] }];
  const association = await openAssociation({ ...peer, contexts });
  for (const sample of samples) {
    const result = await storeInstance(association, {
      sopClassUID: sample.sopClassUID as SOPClassUID,
      sopInstanceUID: sample.sopInstanceUID as SOPInstanceUID,
      transferSyntaxUID: sample.transferSyntaxUID as TransferSyntaxUID,
      dataSet: once(sample.dataSet),
    });
    expect(result).toMatchObject({ status: 0, kept: true });
  }
  await association.release();
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
