/** An association may stay open for days: what its calling AE title has lost meanwhile, it has lost. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAssociation } from '../../../gateway/dimse/scu.ts';
import { storeInstance } from '../../../gateway/dimse/services/c-store-scu.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../../gateway/domain/identifiers.ts';
import { smallDataSet } from '../../fixtures/dicom/small-dicom.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2' as SOPClassUID;
const EXPLICIT = '1.2.840.10008.1.2.1' as TransferSyntaxUID;
const NOT_AUTHORIZED = 0x0124;

let running: RunningRegion;
beforeAll(async () => {
  running = await startSmallRegion('association');
}, 120_000);
afterAll(() => running?.close());

test.each([
  ['is taken from its facility', [], undefined],
  ['is held to another address', [{ aeTitle: 'CLINIC_WS', addressRange: '10.0.0.0/8' }], undefined],
  ['is given to another facility', [], [{ aeTitle: 'CLINIC_WS' }]],
] as const)('nothing comes in by an AE title that %s while its association is open', async (_what, ofClinic, ofStranger) => {
  const { administrator } = running.region;
  const change = async (code: string, aeTitles: object) =>
    expect((await administrator.call('PATCH', `/api/facilities/${code}`, { aeTitles })).status).toBe(200);
  await change('STRANGER', []);
  await change('CLINIC', [{ aeTitle: 'CLINIC_WS' }]);
  const association = await openAssociation({
    host: '127.0.0.1',
    port: running.gateway.dimse,
    callingAETitle: 'CLINIC_WS',
    calledAETitle: 'RENKEI',
    contexts: [{ abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }],
  });
  let sent = 0;
  const send = async () => {
    sent += 1;
    const sopInstanceUID = `2.25.99.1.${sent}` as SOPInstanceUID;
    const dataSet = (async function* () {
      yield smallDataSet({ studyInstanceUID: '2.25.99', seriesInstanceUID: '2.25.99.1', sopInstanceUID });
    })();
    return (await storeInstance(association, { sopClassUID: CT, sopInstanceUID, transferSyntaxUID: EXPLICIT, dataSet })).status;
  };
  expect(await send()).toBe(0);
  await change('CLINIC', ofClinic);
  if (ofStranger !== undefined) await change('STRANGER', ofStranger);
  expect(await eventually(async () => (await send()) || undefined)).toBe(NOT_AUTHORIZED);
  expect(await send()).toBe(NOT_AUTHORIZED);
  await association.release();
});
