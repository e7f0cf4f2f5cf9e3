import { describe, expect, test } from 'vitest';
import { publicSettings, readConfig, settingsHelp, unknownSettings } from './config.ts';

describe('settings', () => {
  test('all have a default', () => {
    expect(readConfig({})).toMatchObject({
      http: { host: '127.0.0.1', port: 8080 },
      dimse: { host: '127.0.0.1', port: 11112, aeTitle: 'RENKEI' },
      timeZone: 'Asia/Tokyo',
      sessions: { idleMs: 1_800_000, lifetimeMs: 43_200_000 },
      actsASecond: 25,
    });
  });

  test.each([
    ['DIMSE listens where HTTP does', { RENKEI_HTTP_HOST: '10.1.2.3' }, { dimse: { host: '10.1.2.3' } }],
    ['or elsewhere', { RENKEI_HTTP_HOST: '10.1.2.3', RENKEI_DIMSE_HOST: '10.9.9.9' }, { dimse: { host: '10.9.9.9' } }],
    ['ports may be any free one', { RENKEI_HTTP_PORT: '0', RENKEI_DIMSE_PORT: '0' }, { http: { port: 0 }, dimse: { port: 0 } }],
    ['a public address without its last slash', { RENKEI_PUBLIC_URL: 'https://renkei.example/' }, { publicUrl: 'https://renkei.example' }],
    [
      'a mail server; only this machine may do without TLS',
      { RENKEI_MAIL_SERVER: 'smtp://mail.region.example:587', RENKEI_MAIL_FROM: 'a@b.example', RENKEI_PUBLIC_URL: 'https://r.example/' },
      { mail: { host: 'mail.region.example', port: 587, implicitTls: false, plainAllowed: false, publicUrl: 'https://r.example' } },
    ],
    ['an S3 store', { RENKEI_OBJECTS_URL: 's3://bucket/a', RENKEI_S3_ENDPOINT: 'http://s3' }, { objectsUrl: 's3://bucket/a' }],
  ])('%s', (_, environment, expected) => {
    expect(readConfig(environment)).toMatchObject(expected);
  });

  test.each([
    ['RENKEI_HTTP_PORT', { RENKEI_HTTP_PORT: 'eighty' }],
    ['RENKEI_DIMSE_PORT', { RENKEI_DIMSE_PORT: '70000' }],
    ['RENKEI_AE_TITLE', { RENKEI_AE_TITLE: 'LONGER_THAN_SIXTEEN_CHARACTERS' }],
    ['RENKEI_DATABASE_URL', { RENKEI_DATABASE_URL: 'mysql://x' }],
    ['RENKEI_OBJECTS_URL', { RENKEI_OBJECTS_URL: '/a/folder' }],
    ['RENKEI_S3_ENDPOINT', { RENKEI_OBJECTS_URL: 's3://bucket' }],
    ['RENKEI_PUBLIC_URL', { RENKEI_PUBLIC_URL: 'renkei' }],
    ['RENKEI_MAIL_SERVER', { RENKEI_MAIL_SERVER: 'mail.region.example' }],
    [
      'RENKEI_MAIL_FROM',
      { RENKEI_MAIL_SERVER: 'smtp://mail.region.example:587', RENKEI_MAIL_FROM: 'Renkei <a@b.example>\nBcc: c@d.example' },
    ],
    ['RENKEI_PUBLIC_URL', { RENKEI_MAIL_SERVER: 'smtp://mail.region.example:587', RENKEI_MAIL_FROM: 'a@b.example' }],
    ['RENKEI_MAIL_PASSWORD', { RENKEI_MAIL_USER: 'renkei' }],
    ['RENKEI_ADMIN_PASSWORD', { RENKEI_ADMIN_EMAIL: 'a@b.example' }],
    ['RENKEI_ADMIN_EMAIL', { RENKEI_ADMIN_PASSWORD_FILE: 'secret' }],
    ['RENKEI_ADMIN_PASSWORD_FILE', { RENKEI_ADMIN_EMAIL: 'a@b.example', RENKEI_ADMIN_PASSWORD: 'x', RENKEI_ADMIN_PASSWORD_FILE: 'secret' }],
    ['RENKEI_SESSION_IDLE_MINUTES', { RENKEI_SESSION_IDLE_MINUTES: '0' }],
    ['RENKEI_SESSION_HOURS', { RENKEI_SESSION_HOURS: '1e3' }],
    ['RENKEI_ACTS_PER_SECOND', { RENKEI_ACTS_PER_SECOND: '-1' }],
    ['RENKEI_DIMSE_TLS_CERT', { RENKEI_DIMSE_TLS_KEY: 'key.pem' }],
    ['RENKEI_TIME_ZONE', { RENKEI_TIME_ZONE: 'Nowhere' }],
    ['RENKEI_QUIET_SECONDS', { RENKEI_QUIET_SECONDS: 'soon' }],
    ['RENKEI_LOG', { RENKEI_LOG: 'loud' }],
  ])('a wrong one is named: %s', (name, environment) => {
    expect(() => readConfig(environment)).toThrow(name);
  });

  test('a slip of the keys is named, and stops nothing', () => {
    const environment = { RENKEI_DTAA: '/data', RENKEI_DATA: '/data', RENKEI_TEST_ROUNDS: '3', HOME: '/' };
    expect(unknownSettings(environment)).toEqual(['RENKEI_DTAA']);
    expect(readConfig(environment).dataFolder).toBe('/data');
  });

  test('a backup tells all that an installation has to be given again, and no secret', () => {
    const names =
      settingsHelp()
        .match(/^ {2}RENKEI_\w+/gm)
        ?.map((name) => name.trim()) ?? [];
    const told = publicSettings(Object.fromEntries(names.map((name) => [name, 'given'])));
    expect(names.filter((name) => told[name] === undefined)).toEqual([
      'RENKEI_DATA',
      'RENKEI_METRICS_TOKEN',
      'RENKEI_DATABASE_URL',
      'RENKEI_DATABASE_ADMIN_URL',
      'RENKEI_MAIL_USER',
      'RENKEI_MAIL_PASSWORD',
      'RENKEI_S3_ACCESS_KEY',
      'RENKEI_S3_SECRET_KEY',
      'RENKEI_ADMIN_EMAIL',
      'RENKEI_ADMIN_PASSWORD',
      'RENKEI_ADMIN_PASSWORD_FILE',
    ]);
    expect(publicSettings({ RENKEI_SESSION_HOURS: ' 8 ' })).toMatchObject({ RENKEI_SESSION_HOURS: '8', RENKEI_AE_TITLE: 'RENKEI' });
  });

  test('help lists each with its default', () => {
    expect(settingsHelp().match(/default:/g)).toHaveLength(settingsHelp().match(/^ {2}RENKEI_/gm)?.length ?? 0);
  });
});
