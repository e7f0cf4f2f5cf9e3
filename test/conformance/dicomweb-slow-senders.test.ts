import { afterAll, beforeAll, expect, test } from 'vitest';
import { BODY_IDLE_MS_MAX } from '../../gateway/domain/bounds/pace.ts';
import { createReceptionPlaces } from '../../gateway/ingest/reception-places.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { connectTo, readAnswer } from '../fixtures/raw-http.ts';
import { type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';

/** STOW-RS (PS3.18 10.5) by senders that stop, under a clock that is turned by hand. */
const clock = { ms: 0 };
const places = createReceptionPlaces({ now: () => clock.ms });
let door: RunningDoor;

beforeAll(async () => {
  door = await startDoor(['HOSPITAL'], { places });
});
afterAll(() => door.close());

const PART = '--b\r\nContent-Type: application/dicom\r\n\r\n';
const uids = (series: number) => ({
  studyInstanceUID: '2.25.5',
  seriesInstanceUID: `2.25.5.${series}`,
  sopInstanceUID: `2.25.5.${series}.1`,
});
const head = (type: string) =>
  `POST /dicom-web/studies HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer HOSPITAL\r\nContent-Type: ${type}\r\nContent-Length: 100000000\r\n\r\n`;
const MULTIPART = head('multipart/related; type="application/dicom"; boundary=b');

/** Sends, waits until a reception is waited for, and lets it fall silent. */
async function sendAndStop(bytes: string) {
  const entered = new Promise<void>((resolve) => {
    const enter = places.enter.bind(places);
    let left = bytes.split(PART).length === 3 ? 2 : 1;
    places.enter = async (...args) => {
      const place = await enter(...args);
      left -= 1;
      if (left === 0) resolve();
      return place;
    };
  });
  const socket = await connectTo(Number(new URL(door.url).port));
  const answer = readAnswer(socket);
  socket.write(Buffer.from(bytes, 'latin1'));
  await entered;
  // Until what was sent has been read; a look that comes too early sees a sender whose time has only begun.
  const looking = setInterval(() => {
    clock.ms += BODY_IDLE_MS_MAX;
    places.look();
  });
  const told = await answer;
  clearInterval(looking);
  return told;
}

test('one instance that stops: 408, and the connection ends', async () => {
  const answer = await sendAndStop(`${MULTIPART}${PART}${smallFile(uids(1)).subarray(0, 300).toString('latin1')}`);
  expect([answer?.status, answer?.headers.get('connection')]).toEqual([408, 'close']);
});

test('a file by itself that stops: 408', async () => {
  const answer = await sendAndStop(`${head('application/dicom')}${smallFile(uids(2)).subarray(0, 300).toString('latin1')}`);
  expect(answer?.status).toBe(408);
});

test('the second of two stops: the first is kept and named, 202', async () => {
  const [first, second] = [smallFile(uids(3)).toString('latin1'), smallFile(uids(4)).subarray(0, 300).toString('latin1')];
  const answer = await sendAndStop(`${MULTIPART}${PART}${first}\r\n${PART}${second}`);
  expect(answer?.status).toBe(202);
  const response = JSON.parse(answer?.body ?? '') as Record<string, { Value: Record<string, { Value: unknown[] }>[] }>;
  expect(response['00081199']?.Value[0]?.['00081155']?.Value).toEqual(['2.25.5.3.1']);
  // PS3.18 table I.2-2: out of resources.
  expect(response['0008119A']?.Value[0]?.['00081197']?.Value).toEqual([0xa700]);
});
