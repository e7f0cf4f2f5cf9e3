import { describe, expect, it } from 'vitest';
import { type CommandSet, decodeCommandSet, encodeCommandSet } from './command-set.ts';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

describe('command sets, PS3.7 6.3.1', () => {
  const echo = hex(`
    0000 0000 04000000 38000000
    0000 0200 12000000 312e322e3834302e31303030382e312e3100
    0000 0001 02000000 3000
    0000 1001 02000000 0700
    0000 0008 02000000 0101`);
  const command: CommandSet = { AffectedSOPClassUID: '1.2.840.10008.1.1', CommandField: 0x30, MessageID: 7, CommandDataSetType: 0x101 };

  it('writes implicit VR little endian in ascending order with its group length', () => {
    expect(encodeCommandSet(command).toString('hex')).toBe(echo.toString('hex'));
  });

  it('reads what it writes, every field', () => {
    const all: CommandSet = {
      AffectedSOPClassUID: '1.2',
      RequestedSOPClassUID: '1.2.3',
      CommandField: 0x8021,
      MessageID: 1,
      MessageIDBeingRespondedTo: 0xffff,
      MoveDestination: 'CLINIC',
      Priority: 2,
      CommandDataSetType: 1,
      Status: 0xff00,
      OffendingElement: [0x00100020, 0xfffee000],
      ErrorComment: 'odd',
      ErrorID: 5,
      AffectedSOPInstanceUID: '1.4',
      RequestedSOPInstanceUID: '1.4.5',
      EventTypeID: 1,
      AttributeIdentifierList: [0x00100010],
      ActionTypeID: 2,
      NumberOfRemainingSuboperations: 3,
      NumberOfCompletedSuboperations: 4,
      NumberOfFailedSuboperations: 5,
      NumberOfWarningSuboperations: 6,
      MoveOriginatorApplicationEntityTitle: 'PACS',
      MoveOriginatorMessageID: 9,
    };
    expect(decodeCommandSet(encodeCommandSet(all))).toEqual(all);
  });

  it('passes over elements it does not know', () => {
    expect(decodeCommandSet(Buffer.concat([echo, hex('0000 1151 02000000 0000')]))).toEqual(command);
  });

  const bad: readonly (readonly [string, Buffer])[] = [
    ['nothing', Buffer.alloc(0)],
    ['an element header cut off', echo.subarray(0, echo.length - 5)],
    ['a value longer than the set', hex('0000 0200 ffffffff 3132')],
    ['a group other than 0000', hex('1000 1000 02000000 4141')],
    ['no Command Field', hex('0000 0008 02000000 0101')],
  ];
  it.each(bad)('refuses %s', (_name, bytes) => {
    expect(() => decodeCommandSet(bytes)).toThrow();
  });
});
