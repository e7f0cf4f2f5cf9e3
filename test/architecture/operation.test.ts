import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { readConfig, unknownSettings } from '../../gateway/config.ts';
import { plainDoors } from '../../gateway/doorstep/plain-doors.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';

/** What an operator copies must be what the program takes: names of settings, paths, words of npm. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'gateway/operation');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const settingsIn = (text: string) => [...new Set(text.match(/RENKEI_[A-Z0-9_]*[A-Z0-9]/g) ?? [])];

test.each(readdirSync(FOLDER))('%s names settings that exist', (name) => {
  const names = settingsIn(read(name));
  expect(unknownSettings(Object.fromEntries(names.map((setting) => [setting, 'x'])))).toEqual([]);
});

test('README names settings that exist', () => {
  const names = settingsIn(readFileSync(join(ROOT, 'README.md'), 'utf8'));
  expect(unknownSettings(Object.fromEntries(names.map((setting) => [setting, 'x'])))).toEqual([]);
});

function environmentIn(text: string, also: RegExp | undefined): Record<string, string> {
  const lines = text.split('\n').map((line) => (also === undefined ? line : line.replace(also, '')));
  return Object.fromEntries(
    lines.flatMap((line) =>
      /^(RENKEI_[A-Z0-9_]+)=(.+)$/.exec(line)?.slice(1, 3).join('\n').split('\n')
        ? [[line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]]
        : [],
    ),
  );
}

test('renkei.env is a configuration, as it stands and with everything in it', () => {
  expect(plainDoors(readConfig(environmentIn(read('renkei.env'), undefined))).map(({ door }) => door)).toEqual(['dimse']);
  const everything = environmentIn(read('renkei.env'), /^#(?=RENKEI_)/);
  expect(Object.keys(everything).length).toBeGreaterThan(8);
  expect(() => readConfig({ ...everything, RENKEI_DATABASE_URL: 'postgres://a:b@c/d' })).not.toThrow();
});

describe('renkei.service', () => {
  const unit = read('renkei.service');

  test('is what systemd takes, with a user of its own', () => {
    const file = join(temporaryFolder('unit'), 'renkei.service');
    // The user, the settings and the program are the operator's to make.
    writeFileSync(
      file,
      unit
        .replace(/^EnvironmentFile=/m, 'EnvironmentFile=-')
        .replace('/usr/bin/node', process.execPath)
        .replaceAll('/opt/renkei', ROOT.replace(/\/$/, '')),
    );
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    expect(verified.stderr.split('\n').filter((line) => line.includes('renkei.service'))).toEqual([]);
    expect(unit).toMatch(/^User=renkei$/m);
  });

  test('leaves the service little that it could do', () => {
    const file = join(temporaryFolder('unit'), 'renkei.service');
    writeFileSync(file, unit);
    const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', file], { encoding: 'utf8' });
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(judged.stdout)?.[1]);
    expect(exposure).toBeLessThan(3);
  });

  test('starts what is there', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    for (const word of unit.matchAll(/npm run (\w+)/g)) expect(Object.keys(scripts)).toContain(word[1]);
    expect(scripts['start']).toBe(`node ${/^ExecStart=\S+ (.+)$/m.exec(unit)?.[1]}`);
    for (const [, path] of unit.matchAll(/ (gateway\/operation\/\S+)/g)) expect(readdirSync(FOLDER)).toContain(path?.split('/').pop());
  });
});

describe('compose.yaml', () => {
  interface Service {
    readonly environment?: Readonly<Record<string, string>>;
    readonly volumes?: readonly string[];
    readonly depends_on?: unknown;
    readonly networks?: Readonly<Record<string, { readonly ipv4_address?: string }>>;
    readonly command?: readonly string[];
    readonly ports?: readonly string[];
  }
  const { services, volumes } = load(read('compose.yaml')) as { services: Record<string, Service>; volumes: Record<string, unknown> };

  test('starts the gateway with a configuration that it takes', () => {
    const { environment = {} } = services['gateway'] as Service;
    expect(Object.values(environment).every((value) => typeof value === 'string')).toBe(true);
    const config = readConfig({ ...environment, RENKEI_DATA: '/var/lib/renkei/data' });
    expect(plainDoors(config).map(({ door }) => door)).toEqual(['dimse']);
    expect(config.http.trustProxy).toEqual([services['nginx']?.networks?.['inside']?.ipv4_address]);
  });

  test('nginx asks the gateway at its address on their network, where alone plain HTTP is spoken', () => {
    const [, script] = services['nginx']?.command?.slice(1) ?? [];
    const [, from = '', to] = /sed 's\/(.+)\/(.+)\/' \/renkei\.conf/.exec(script ?? '') ?? [];
    expect(read('nginx-renkei.conf').match(new RegExp(from, 'g'))).toHaveLength(1);
    expect(to).toBe(`${services['gateway']?.networks?.['inside']?.ipv4_address}:8080`);
    expect(services['gateway']?.ports).toEqual(['11112:11112']);
  });

  test('the program works as a role of its own, beside the owner of the schema', () => {
    const { RENKEI_DATABASE_URL: everyday = '', RENKEI_DATABASE_ADMIN_URL: owner = '' } = services['gateway']?.environment ?? {};
    expect(owner).toContain(`//${services['database']?.environment?.['POSTGRES_USER']}:`);
    expect(everyday).toContain('//renkei:');
    // test/contract/database-roles.test.ts runs it.
    expect(read('compose-database.sh')).toContain('CREATE ROLE renkei LOGIN NOSUPERUSER');
  });

  test('mounts what is there, and names only its own services and volumes', () => {
    for (const service of Object.values(services)) {
      for (const volume of service.volumes ?? []) {
        const [from = ''] = volume.split(':');
        if (from.startsWith('./')) expect(['tls', ...readdirSync(FOLDER)]).toContain(from.slice(2));
        else expect(Object.keys(volumes)).toContain(from);
      }
      const others = Array.isArray(service.depends_on) ? service.depends_on : Object.keys((service.depends_on as object | undefined) ?? {});
      for (const name of others) expect(Object.keys(services)).toContain(name);
    }
  });

  test('its image runs the program as a user that is not root', () => {
    const lines = read('Dockerfile').split('\n');
    expect(lines.findLast((line) => line.startsWith('USER '))).toBe('USER node');
    expect(lines.find((line) => line.startsWith('ENTRYPOINT'))).toBe('ENTRYPOINT ["node", "gateway/setup.mjs", "start"]');
  });
});
