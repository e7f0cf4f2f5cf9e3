import { describe, expect, test } from 'vitest';
import type { PatientNo } from '../identifiers.ts';
import { joinedBy } from './joined-by.ts';

const CASES: Readonly<Record<string, readonly [patients: string, links: string, groups: string]>> = {
  'nobody is joined': ['1 2 3', '', '1|2|3'],
  'two are': ['1 2 3', '1-3', '1 3|2'],
  'over another': ['1 2 3', '1-2 2-3', '1 2 3'],
  'two groups, by a link between others of them': ['1 2 3 4', '1-2 3-4 4-1', '1 2 3 4'],
  'a link said twice, and the other way round': ['1 2', '1-2 2-1 1-2', '1 2'],
  'a ring less one link holds': ['1 2 3', '1-2 1-3', '1 2 3'],
  'a link to somebody outside joins nobody': ['1 2', '1-9', '1|2'],
  'in the order given': ['3 1 2', '2-1', '3|1 2'],
  'nobody at all': ['', '', ''],
};

describe('who is one person', () => {
  test.each(Object.entries(CASES))('%s', (_name, [patients, links, groups]) => {
    const numbers = (text: string, by: string) => text.split(by).filter((part) => part !== '') as PatientNo[];
    const pairs = numbers(links, ' ').map((link) => link.split('-') as [PatientNo, PatientNo]);
    expect(joinedBy(numbers(patients, ' '), pairs)).toEqual(numbers(groups, '|').map((group) => numbers(group, ' ')));
  });
});
