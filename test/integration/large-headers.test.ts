import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DicomJson } from '../../gateway/domain/imaging/dataset.ts';
import { element, imagePixel, item, part10, SEQUENCE_END, UNDEFINED } from '../fixtures/dicom/dicom-bytes.ts';
import { type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';

/**
 * A header larger than the main thread reads or parses: an enhanced image of many frames, each with its functional groups, and a private
 * sequence full of values by reference. It is stored, and every look at it is answered in pieces or by a thread.
 */

const FRAMES = 6_000;
const STUDY = '2.25.60';
const INSTANCE = `/dicom-web/studies/${STUDY}/series/${STUDY}.1/instances/${STUDY}.1.1`;
const JSON_TYPE = { headers: { accept: 'application/dicom+json' } };

const sequence = (tag: string, ...items: readonly Uint8Array[]) =>
  Buffer.concat([element(tag, 'SQ', '', { length: UNDEFINED }), ...items, SEQUENCE_END]);

const groups = (frame: number) =>
  item(
    'FFFEE000',
    Buffer.concat([
      element('00209111', 'SQ', item('FFFEE000', element('00209157', 'UL', Buffer.from([1, 0, 0, 0])))),
      element('00209113', 'SQ', item('FFFEE000', element('00200032', 'DS', `0\\0\\${frame}`))),
      element(
        '00289132',
        'SQ',
        item('FFFEE000', Buffer.concat([element('00281050', 'DS', String(frame % 7)), element('00281051', 'DS', '10')])),
      ),
    ]),
  );
const privateItem = item('FFFEE000', element('00111002', 'OB', Buffer.alloc(1026, 5)));

const LARGE = part10(
  '1.2.840.10008.1.2.1',
  element('00080016', 'UI', '1.2.840.10008.5.1.4.1.1.2.1'),
  element('00080018', 'UI', `${STUDY}.1.1`),
  element('00080060', 'CS', 'CT'),
  element('00100010', 'PN', 'Test^Synthetic'),
  sequence('00111001', ...Array.from({ length: 2_000 }, () => privateItem)),
  element('0020000D', 'UI', STUDY),
  element('0020000E', 'UI', `${STUDY}.1`),
  ...imagePixel({ rows: 2, columns: 2, bitsAllocated: 8, frames: FRAMES }),
  sequence('52009230', ...Array.from({ length: FRAMES }, (_, frame) => groups(frame))),
  element('7FE00010', 'OW', Buffer.alloc(4 * FRAMES, 9)),
);

let door: RunningDoor;
beforeAll(async () => {
  door = await startDoor(['H1']);
  // Stored with a warning: the writer of the fixture names another instance in File Meta Information.
  expect((await door.store('H1', [LARGE])).status).toBe(202);
});
afterAll(() => door.close());

const looks = () => {
  test.each([`/dicom-web/studies/${STUDY}/metadata`, `${INSTANCE}/metadata`])(
    'metadata are whole, their references absolute: %s',
    async (path) => {
      const answer = await door.fetch('H1', path, JSON_TYPE);
      expect(answer.status).toBe(200);
      const [header] = (await answer.json()) as [DicomJson];
      expect(header['52009230']?.Value?.length).toBe(FRAMES);
      const items = header['00111001']?.Value as DicomJson[];
      const uris = new Set(items.map((one) => one['00111002']?.BulkDataURI));
      expect(uris.size).toBe(2_000);
      const version = /\/bulkdata\/(version-[0-9a-f]{16})\//.exec([...uris][0] ?? '')?.[1];
      expect(uris).toContain(`${door.url}${INSTANCE}/bulkdata/${version}/00111001/1999/00111002`);
    },
  );

  test('a value deep in it is found', async () => {
    const answer = await door.fetch('H1', `${INSTANCE}/bulkdata/00111001/1999/00111002`);
    expect([answer.status, Buffer.from(await answer.arrayBuffer()).equals(Buffer.alloc(1026, 5))]).toEqual([200, true]);
  });

  test('a list gives its row and says what the row leaves out', async () => {
    const answer = await door.fetch('H1', `/dicom-web/studies/${STUDY}/instances?includefield=all`, JSON_TYPE);
    const [row] = (await answer.json()) as [DicomJson];
    expect([answer.status, row['00080018']?.Value, '52009230' in row]).toEqual([200, [`${STUDY}.1.1`], false]);
    expect(answer.headers.get('warning')).toContain('Ask for their metadata');
  });

  test.each([`/frames/${FRAMES}`, `/frames/${FRAMES}/rendered`, '/rendered', '/thumbnail', ''])('%s', async (path) => {
    const answer = await door.fetch('H1', `${INSTANCE}${path}`);
    await answer.arrayBuffer();
    expect(answer.status).toBe(200);
  });
};

describe('while it is new', looks);
describe('once the series has settled', () => {
  beforeAll(() => door.derive());
  looks();
});
