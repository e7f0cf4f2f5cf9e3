import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type MailServer, startMailServer } from '../../test/fixtures/mail/mail-server.ts';
import { sendBySmtp } from './smtp.ts';

const TEXT = { subject: '件名', text: '本文\n' };
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const { close } of open.splice(0)) await close();
});

async function server(options: Parameters<typeof startMailServer>[0] = {}): Promise<MailServer> {
  const started = await startMailServer(options);
  open.push(started);
  return started;
}

const at = (port: number, more: object = {}) => ({
  host: '127.0.0.1',
  port,
  implicitTls: false,
  plainAllowed: true,
  from: 'renkei@region.example',
  ...more,
});
const never = () => new AbortController().signal;
const kind = (sending: Promise<void>) =>
  sending.then(
    () => 'sent',
    (thrown: { kind?: string }) => thrown.kind,
  );

test('what is sent arrives, in UTF-8', async () => {
  const { port, mails } = await server();
  await sendBySmtp(at(port), 'taro@region.example', TEXT, never());
  expect(mails).toMatchObject([{ to: ['taro@region.example'], from: 'renkei@region.example', subject: '件名', text: '本文\n' }]);
});

test('a server that is not this machine must speak TLS: otherwise it hears neither mail nor password', async () => {
  const { port, mails, signIns } = await server();
  const given = { plainAllowed: false, user: 'renkei', password: 'only-for-tests-mail' };
  expect(await kind(sendBySmtp(at(port, given), 'taro@region.example', TEXT, never()))).toBe('unavailable');
  expect([mails, signIns]).toEqual([[], []]);
});

test('a certificate that nobody knows is none', async () => {
  const { port, mails } = await server({ disabledCommands: [] });
  expect(await kind(sendBySmtp(at(port, { plainAllowed: false }), 'taro@region.example', TEXT, never()))).toBe('unavailable');
  expect(mails).toEqual([]);
});

test.each([
  ['refused for good', 'refused', 'invalid'],
  ['deferred', 'deferred', 'unavailable'],
] as const)('%s', async (_, how, expected) => {
  const started = await server();
  started[how].add('taro@region.example');
  expect(await kind(sendBySmtp(at(started.port), 'taro@region.example', TEXT, never()))).toBe(expected);
});

test.each(['taro@region.example\r\nRCPT TO:<other@region.example>', 'a@region.example, b@region.example'])(
  'an address that is more than one never gets through: %j',
  async (to) => {
    const { port, mails } = await server();
    expect(await kind(sendBySmtp(at(port), to, TEXT, never()))).toBe('invalid');
    expect(mails).toEqual([]);
  },
);

test('one that says nothing is left when the program ends', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => silent.close() });
  const stopping = new AbortController();
  silent.once('connection', (socket) => {
    socket.on('error', () => undefined);
    stopping.abort();
  });
  const { port } = silent.address() as { port: number };
  expect(await kind(sendBySmtp(at(port), 'taro@region.example', TEXT, stopping.signal))).toBe('unavailable');
});
