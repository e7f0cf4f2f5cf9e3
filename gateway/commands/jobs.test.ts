import { expect, test } from 'vitest';
import { jobNamed } from './jobs.ts';

test.each([
  ['physician', 'physician'],
  [' Nurse ', 'nurse'],
  ['医師', 'physician'],
  ['診療放射線技師', 'radiographer'],
  ['看護師', 'nurse'],
  ['事務', 'clerk'],
  ['Doctor', 'physician'],
  ['radiological technologist', 'radiographer'],
  ['technologist', 'technologist'],
])('%s is %s', (text, job) => {
  expect(jobNamed(text)).toBe(job);
});

test.each(['', 'astronaut', '宇宙飛行士', 'toString', 'constructor'])('%s is no job, and the answer says which there are', (text) => {
  expect(() => jobNamed(text)).toThrow(/physician.*医師/);
});
