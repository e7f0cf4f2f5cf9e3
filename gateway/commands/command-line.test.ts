import { describe, expect, test } from 'vitest';
import { parseCommand } from './command-line.ts';

describe('the command line', () => {
  test.each([
    ['nothing starts the gateway', [], { name: 'serve' }],
    ['--help', ['--help'], { name: 'help' }],
    ['help', ['help'], { name: 'help' }],
    [
      'every option of a command',
      ['user', 'create', '--email', 'a@b.example', '--facility', 'H1', '--job', 'clerk', '--password', 'p', '--administrator', '--json'],
      {
        name: 'user create',
        email: 'a@b.example',
        facility: 'H1',
        job: 'clerk',
        password: { from: 'option', password: 'p' },
        kana: '',
        administrator: true,
        json: true,
      },
    ],
    ['a token', ['token', 'create', '--user', 'a@b.example', '--json'], { name: 'token create', user: 'a@b.example', json: true }],
    [
      'a token for some days',
      ['token', 'create', '--user', 'a@b.example', '--days', '7'],
      { name: 'token create', user: 'a@b.example', days: 7, json: false },
    ],
    [
      'a facility with two AE titles',
      ['facility', 'create', '--code', 'H1', '--name', '病院', '--ae', 'CT1', '--ae', 'MR1@10.0.0.0/8'],
      { name: 'facility create', code: 'H1', title: '病院', kana: '', romaji: '', aeTitles: ['CT1', 'MR1@10.0.0.0/8'], json: false },
    ],
    ['an import', ['import', 'cd', '--facility', 'H1'], { name: 'import', folder: 'cd', facility: 'H1', json: false }],
    [
      'fees of a month',
      ['fees', '--facility', 'H1', '--month', '2026-10', '--json'],
      { name: 'fees', facility: 'H1', month: '2026-10', json: true },
    ],
    [
      'a share',
      ['share', '--study', '1.2.3', '--from', 'H1', '--to', 'C1', '--until', '2027-03-31'],
      { name: 'share', study: '1.2.3', from: 'H1', to: 'C1', until: '2027-03-31', json: false },
    ],
    [
      'a consent',
      ['consent', 'add', '--person', '12', '--basis', 'law', '--ground', 'statute', '--until', '2027-03-31'],
      { name: 'consent add', person: '12', basis: 'law', ground: 'statute', until: '2027-03-31', to: 'region', form: '1', json: false },
    ],
    ['audit verify', ['audit', 'verify'], { name: 'audit verify', json: false }],
    ['who has an account', ['user', 'list', '--json'], { name: 'user list', json: true }],
    ['an account let in again', ['user', 'enable', '--email', 'a@b.example'], { name: 'user enable', email: 'a@b.example', json: false }],
    [
      'an administrator made',
      ['user', 'administrator', '--email', 'a@b.example'],
      { name: 'user administrator', email: 'a@b.example', off: false, json: false },
    ],
    [
      'a new password, asked for',
      ['user', 'password', '--email', 'a@b.example'],
      { name: 'user password', email: 'a@b.example', password: { from: 'terminal' }, json: false },
    ],
    [
      'a new password from a file',
      ['user', 'password', '--email', 'a@b.example', '--password-file', '-'],
      { name: 'user password', email: 'a@b.example', password: { from: 'file', file: '-' }, json: false },
    ],
  ])('%s', (_, argv, expected) => {
    expect(parseCommand(argv)).toEqual(expected);
  });

  test.each([
    ['an unknown command', ['dance'], /no such command/],
    ['an unknown option', ['verify', '--fast'], /fast/],
    ['a missing option', ['token', 'create'], /--user is missing/],
    ['an unknown verb', ['user', 'dance'], /no such command/],
    ['two passwords', ['user', 'password', '--email', 'a', '--password', 'x', '--password-file', 'y'], /do not go together/],
    ['a word too many', ['verify', 'all'], /written like this.*\n {2}npm start -- verify$/],
    ['a backup to no file', ['backup'], /\n {2}npm start -- backup FILE \[/],
    ['a key to no file', ['backup', 'key'], /: *\n {2}npm start -- backup key FILE$/],
    ['a verb that is missing', ['user'], /\n {2}npm start -- user list\n.*user enable --email E\n/],
    ['many words that are no command', ['dance', 'all', 'night'], /no such command/],
    ['days that are no number', ['token', 'create', '--user', 'a', '--days', 'soon'], /--days/],
    ['fees without a month', ['fees', '--facility', 'H1'], /--month is missing/],
    ['a month that is none', ['fees', '--facility', 'H1', '--month', '2026-13'], /--month takes a month/],
    ['a share without an end', ['share', '--study', '1.2.3', '--from', 'H1', '--to', 'C1'], /--until is missing/],
    ['a consent on nothing', ['consent', 'add', '--person', '12'], /--basis is missing/],
    ['a day that is none', ['share', '--study', '1', '--from', 'H1', '--to', 'C1', '--until', '2027-02-30'], /--until takes a day/],
    ['an option of another command', ['verify', '--email', 'a'], /verify takes no --email.*\n {2}npm start -- verify$/],
    ['a backup that is told to replace', ['backup', 'f', '--replace'], /backup takes no --replace/],
    ['a restore without images', ['restore', 'f', '--without-images'], /restore takes no --without-images/],
    ['a key that is told of images', ['backup', 'key', 'f', '--plain'], /backup key takes no --plain/],
    ['an enabling with a password', ['user', 'enable', '--email', 'a', '--password', 'x'], /user enable takes no --password/],
    ['an option without a command', ['--facility', 'H1'], /--facility belongs to a command/],
    ['a missing option, and says how it is written', ['user', 'enable'], /--email is missing.*\n {2}npm start -- user enable --email E$/],
    [
      'an unknown verb, and names those there are',
      ['user', 'delete'],
      /no such command.*\n {2}npm start -- user create[\s\S]*user disable/,
    ],
    [
      'an unknown option in one sentence',
      ['verify', '--fast'],
      /^Unknown option '--fast'; all commands and their options: npm start -- --help$/,
    ],
    ['half a command', ['audit'], /\n {2}npm start -- audit verify \[--anchor FILE\|TEXT\] \[--anew\]\n/],
  ])('refuses %s', (_, argv, reason) => {
    expect(() => parseCommand(argv)).toThrow(reason);
  });
});
