import { expect, it } from 'vitest';
import { keyCommand } from './key-map.ts';

const press = (key: string, held: Partial<{ ctrlKey: boolean; metaKey: boolean; altKey: boolean }> = {}) =>
  keyCommand({ key, ctrlKey: false, metaKey: false, altKey: false, ...held });

it.each([
  ['ArrowDown', { kind: 'step', by: 1 }],
  ['PageUp', { kind: 'step', by: -10 }],
  ['w', { kind: 'tool', tool: 'window' }],
  ['W', { kind: 'tool', tool: 'window' }],
  ['l', { kind: 'tool', tool: 'length' }],
  ['3', { kind: 'preset', number: 3 }],
  ['o', { kind: 'next-own-window' }],
  ['0', { kind: 'image', action: 'reset' }],
  ['h', { kind: 'image', action: 'flipHorizontal' }],
  [' ', { kind: 'play' }],
  ['Delete', { kind: 'delete' }],
  ['q', undefined],
  ['Tab', undefined],
  ['Enter', undefined],
])('%j', (key, expected) => {
  expect(press(key)).toEqual(expected);
});

it('leaves the browser its own keys', () => {
  expect(press('r', { ctrlKey: true })).toBeUndefined();
  expect(press('w', { metaKey: true })).toBeUndefined();
  expect(press('ArrowLeft', { altKey: true })).toBeUndefined();
});
