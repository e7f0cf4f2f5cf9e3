/** A thread of `common-words.ts`: which of the given pieces are leaked passwords, or Japanese names and words in Latin letters. */
import { parentPort } from 'node:worker_threads';
import { dictionary as common } from '@zxcvbn-ts/language-common';
import ja from '@zxcvbn-ts/language-ja';

const lists = [common['passwords-common'], ja.dictionary.commonWords, ja.dictionary.firstnames, ja.dictionary.lastnames];
const words = new Set(lists.flat());

parentPort?.on('message', ({ id, pieces }) => parentPort?.postMessage({ id, known: pieces.filter((piece) => words.has(piece)) }));
