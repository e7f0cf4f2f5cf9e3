/** Migrations only go forward: a database that has run one never runs it again, so what it says must stay. A change is a further migration. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = new URL('../../storage/migrations/', import.meta.url);

/** SHA-256 of each as it was when it first left a developer's machine. Lines are added here, never changed. */
const AS_LANDED: Readonly<Record<string, string>> = {
  '0001-base.sql': '16d3a30943117b584311514d2e2dfd4ee2fe54c74148419d1f315afcada9a0c9',
  '0002-record-in-codes.sql': 'fbec6552044757df45632655bf3591d56b2ebc57c9293856677f344b9c6de4a8',
  '0003-share-from-the-command-line.sql': 'a2bded740a6e49c1c6330601debeb5f3a2eaa480eb6f8578bf7c6d565756c8a5',
  '0004-grants.sql': '9f5990ffec55fd027f950898acd8cb95a816045abfc922ceb3d1effd194411fa',
  '0005-series-held-back.sql': 'dcbf7aadccd417272b8a8c5fe61d5037a7b3caea3127db874a2c687bc5e8701e',
  '0006-record-search.sql': '0324700e3c2a1446e3c61edad246731c3641fb4e5f4cf8e4c60876800dfb9d41',
};

test('each migration is as it landed, and each is named here', () => {
  const digests = readdirSync(FOLDER).map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(new URL(name, FOLDER)))
      .digest('hex'),
  ]);
  expect(Object.fromEntries(digests)).toEqual(AS_LANDED);
});
