import { describe, expect, test } from 'vitest';
import { BASIS_FLAWS, BASIS_KINDS, BASIS_RULES, type BasisFlaw, type BasisSaid, basisFlaws, basisRule } from './basis-rules.ts';

const DAY = '2026-05-01';
const NOTHING: Omit<BasisSaid, 'kind'> = {
  hasDocument: false,
  relation: undefined,
  ground: undefined,
  hasTerm: false,
  noticePosted: false,
};

const CASES: Readonly<
  Record<string, readonly [said: Partial<BasisSaid> & Pick<BasisSaid, 'kind'>, flaws: readonly BasisFlaw[], day?: string]>
> = {
  'a paper, scanned': [{ kind: 'paper', hasDocument: true }, []],
  'a paper that nobody has seen': [{ kind: 'paper' }, ['document-missing']],
  'a signature': [{ kind: 'signature', hasDocument: true }, []],
  'no signature': [{ kind: 'signature' }, ['document-missing']],
  'a parent': [{ kind: 'proxy', hasDocument: true, relation: 'parent' }, []],
  'somebody, nobody says who': [{ kind: 'proxy', hasDocument: true }, ['relation-missing']],
  'implied, and the notice hangs': [{ kind: 'implied', noticePosted: true }, []],
  'implied, and no notice hangs': [{ kind: 'implied' }, ['notice-missing']],
  'by law, until a day': [{ kind: 'law', ground: 'life-or-body', hasTerm: true }, []],
  'by law, nobody says by which, for ever': [{ kind: 'law' }, ['ground-missing', 'term-missing']],
  'a patient who signs as their own parent': [{ kind: 'paper', hasDocument: true, relation: 'parent' }, ['not-of-this-basis']],
  'implied, and by law as well': [{ kind: 'implied', noticePosted: true, ground: 'statute' }, ['not-of-this-basis']],
  'before there was such a row': [{ kind: 'paper', hasDocument: true }, ['no-basis-then'], '2022-03-31'],
};

describe('what a basis asks for', () => {
  test.each(Object.entries(CASES))('%s', (_name, [said, flaws, day = DAY]) => {
    expect(basisFlaws({ ...NOTHING, ...said }, day)).toEqual(flaws);
  });

  test('each flaw is one of a case', () => {
    const met = new Set(Object.values(CASES).flatMap(([, flaws]) => flaws));
    expect(BASIS_FLAWS.filter((flaw) => !met.has(flaw))).toEqual([]);
  });

  test('each kind has a row today, each row a day and a source, and nobody opts out', () => {
    expect(BASIS_KINDS.filter((kind) => basisRule(kind, DAY) === undefined)).toEqual([]);
    for (const { from, source } of BASIS_RULES) {
      expect(from).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(source).not.toBe('');
    }
    // Each asks for an act, a notice or a ground: silence alone is no basis.
    expect(BASIS_RULES.filter((row) => !(row.needsDocument || row.needsPostedNotice || row.needsGround))).toEqual([]);
  });
});
