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
  '0007-patients.sql': '98d8ea572db316cd1fab73d7fa8836b9aba03e5da7b84769ea467853005e2a18',
  '0008-second-factor.sql': 'ce3dca4b390def4bafafbf2f642aeed148add92c6fbf740172257ed87ae5a8de',
  '0009-patient-matching.sql': 'd5b713c9402d9db868e31d0c80a82660164448a75558732ed4ec62052bba7c97',
  '0010-rights-of-a-page.sql': 'd6b7eb181371a6b5aa3daab4f90e3eb9397301dbee6baa1097c2e0021488b027',
  '0011-rights.sql': 'd4ad20d50c592084011e7589aa1be2bc96e7cc8511b18faf70287cd7d18c31d2',
  '0012-audit-feed.sql': '816e0adcd98c2aa7c18465aa62e8af6f3830e38786b0c480b793c00ea2273a4a',
  '0013-consents.sql': '39d1fc93826b0431a573297c58f66fa0dc01c0f0951835474197ec5610b53f1f',
  '0014-audience-of-the-region.sql': 'c8e6484085284229c44960a8ebb8119a2c6251c1ab32d9495af1f5cd1d699194',
  '0015-region-settings.sql': 'cfd559c06cd63b9173a4160003661918d6eeb365f09014d8b64dea2ee57b29cc',
  '0016-passkeys.sql': 'd63b4e2c3119329a97acc6438f252559bbc425a7c61eced25763adb5d7a62047',
  '0017-emergencies.sql': '1a6f3fbea00214b80e5a9a8c43d4cbfbfe94c420b0a8293de67fbb46b4a50518',
  '0018-unusual-use.sql': '1c072a74ef0176fc6e2a4634b051ed67a646897146d26c5ef23a52de7d0cb7ed',
  '0019-consents-narrower.sql': '35e399afefcd573cee35e8fe42dc83935cdb61060aee7bf71965e219f71ffbf3',
  '0020-right-as-it-is-told.sql': 'e0ceb18e561413fdeab0ac82daa492a7fc426144c179e021baf82f0111d1247a',
  '0021-rosters.sql': 'd4277fff408c4784310fb89040bf6b5fe28756cba5b766fa0ceb395e84866bbb',
  '0022-bereaved-of-the-dead.sql': 'be19c242040109604c81950bccfc41be14b16418ccf608bb6667b0619e0874dc',
  '0023-notices-in-pieces.sql': 'a828c3d0202c0d6a8efa8ca58223b15a7a1c705ca0a5b4c3e1df7b5cbff56a80',
  '0024-letters.sql': '4c7522d189d991a607bc64067d012578513adc010e10dc9aa84803e6ee66766a',
  '0025-newest-emergency.sql': 'c8afbed1c4e19ffba14a991f3eca6e9c9b5bf96a99867814c22e32db1ef7f560',
  '0026-kept-files.sql': '9339c8b9945a9359d0af55bf775f259d9570ab164c28d616688ce415274a063f',
  '0027-first-use-change.sql': '689359d00e40d632e46ba0a5bd1dc2483f87c8303399f743149da51947f8baa2',
  '0028-newest-recalled-letter.sql': 'b506872ba8e1a023fd6043aa8dd3e3da28b5e381d128881a79d3f63daf964bbd',
  '0029-release-rules.sql': '7bc9dcc53167c1eed632915e9445f60e294ef9f552b052a2a1bdf828955d7058',
  '0030-mail.sql': '98cca5f0b834d850a36b7bc314a261ef06b074ec99ad47666265ce75f94f4126',
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
