/** Command sets: PS3.7 section 6.3 and annex E; always implicit VR little endian. */
import { DomainError } from '../../domain/errors.ts';

/** PS3.7 E.1-1. The high bit marks a response. */
export const COMMAND = {
  'C-STORE': 0x0001,
  'C-GET': 0x0010,
  'C-FIND': 0x0020,
  'C-MOVE': 0x0021,
  'C-ECHO': 0x0030,
  'C-CANCEL': 0x0fff,
  'N-EVENT-REPORT': 0x0100,
  'N-GET': 0x0110,
  'N-SET': 0x0120,
  'N-ACTION': 0x0130,
  'N-CREATE': 0x0140,
  'N-DELETE': 0x0150,
} as const;
export type CommandName = keyof typeof COMMAND;
export const RESPONSE_BIT = 0x8000;

/** Value of CommandDataSetType when no data set follows; any other says one does. */
export const NO_DATA_SET = 0x0101;
export const DATA_SET_FOLLOWS = 0x0001;

/** Fields by their PS3.6 keywords. */
export interface CommandSet {
  AffectedSOPClassUID?: string;
  RequestedSOPClassUID?: string;
  CommandField: number;
  MessageID?: number;
  MessageIDBeingRespondedTo?: number;
  MoveDestination?: string;
  /** 0 medium, 1 high, 2 low. */
  Priority?: number;
  CommandDataSetType: number;
  Status?: number;
  /** Tags as 32-bit numbers. */
  OffendingElement?: readonly number[];
  ErrorComment?: string;
  ErrorID?: number;
  AffectedSOPInstanceUID?: string;
  RequestedSOPInstanceUID?: string;
  EventTypeID?: number;
  AttributeIdentifierList?: readonly number[];
  ActionTypeID?: number;
  NumberOfRemainingSuboperations?: number;
  NumberOfCompletedSuboperations?: number;
  NumberOfFailedSuboperations?: number;
  NumberOfWarningSuboperations?: number;
  MoveOriginatorApplicationEntityTitle?: string;
  MoveOriginatorMessageID?: number;
}

type Field = readonly [element: number, keyword: keyof CommandSet, vr: 'UI' | 'US' | 'AE' | 'LO' | 'AT'];

/** Group 0000, ascending: the order of the wire. */
const FIELDS: readonly Field[] = [
  [0x0002, 'AffectedSOPClassUID', 'UI'],
  [0x0003, 'RequestedSOPClassUID', 'UI'],
  [0x0100, 'CommandField', 'US'],
  [0x0110, 'MessageID', 'US'],
  [0x0120, 'MessageIDBeingRespondedTo', 'US'],
  [0x0600, 'MoveDestination', 'AE'],
  [0x0700, 'Priority', 'US'],
  [0x0800, 'CommandDataSetType', 'US'],
  [0x0900, 'Status', 'US'],
  [0x0901, 'OffendingElement', 'AT'],
  [0x0902, 'ErrorComment', 'LO'],
  [0x0903, 'ErrorID', 'US'],
  [0x1000, 'AffectedSOPInstanceUID', 'UI'],
  [0x1001, 'RequestedSOPInstanceUID', 'UI'],
  [0x1002, 'EventTypeID', 'US'],
  [0x1005, 'AttributeIdentifierList', 'AT'],
  [0x1008, 'ActionTypeID', 'US'],
  [0x1020, 'NumberOfRemainingSuboperations', 'US'],
  [0x1021, 'NumberOfCompletedSuboperations', 'US'],
  [0x1022, 'NumberOfFailedSuboperations', 'US'],
  [0x1023, 'NumberOfWarningSuboperations', 'US'],
  [0x1030, 'MoveOriginatorApplicationEntityTitle', 'AE'],
  [0x1031, 'MoveOriginatorMessageID', 'US'],
];
const FIELD_BY_ELEMENT: ReadonlyMap<number, Field> = new Map(FIELDS.map((field) => [field[0], field]));

export function encodeCommandSet(command: CommandSet): Buffer {
  const elements: Buffer[] = [];
  for (const [element, keyword, vr] of FIELDS) {
    const value = command[keyword];
    if (value !== undefined) elements.push(encodeElement(element, encodeValue(vr, value)));
  }
  const body = Buffer.concat(elements);
  const groupLength = Buffer.alloc(4);
  groupLength.writeUInt32LE(body.length);
  return Buffer.concat([encodeElement(0x0000, groupLength), body]);
}

/** Elements it does not know are passed over. @throws invalid */
export function decodeCommandSet(bytes: Buffer): CommandSet {
  const command: Record<string, string | number | readonly number[]> = {};
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) throw new DomainError('invalid', 'command set ends within an element');
    const group = bytes.readUInt16LE(at);
    const element = bytes.readUInt16LE(at + 2);
    const length = bytes.readUInt32LE(at + 4);
    if (group !== 0) throw new DomainError('invalid', 'command set holds an element of another group');
    if (length > bytes.length - at - 8) throw new DomainError('invalid', 'command element longer than its set');
    const field = FIELD_BY_ELEMENT.get(element);
    const value = field === undefined ? undefined : decodeValue(field[2], bytes.subarray(at + 8, at + 8 + length));
    if (field !== undefined && value !== undefined) command[field[1]] = value;
    at += 8 + length;
  }
  const { CommandField, CommandDataSetType } = command as Partial<CommandSet>;
  if (CommandField === undefined || CommandDataSetType === undefined) {
    throw new DomainError('invalid', 'command set without Command Field or Command Data Set Type');
  }
  return { ...command, CommandField, CommandDataSetType };
}

function encodeElement(element: number, value: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16LE(element, 2);
  header.writeUInt32LE(value.length, 4);
  return Buffer.concat([header, value]);
}

function encodeValue(vr: Field[2], value: string | number | readonly number[]): Buffer {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return bytes;
  }
  if (typeof value === 'string') {
    const padding = value.length % 2 === 0 ? '' : vr === 'UI' ? '\0' : ' ';
    return Buffer.from(value + padding, 'latin1');
  }
  const bytes = Buffer.alloc(4 * value.length);
  value.forEach((tag, index) => {
    bytes.writeUInt16LE(tag >>> 16, 4 * index);
    bytes.writeUInt16LE(tag & 0xffff, 4 * index + 2);
  });
  return bytes;
}

function decodeValue(vr: Field[2], bytes: Buffer): string | number | readonly number[] | undefined {
  if (vr === 'US') return bytes.length >= 2 ? bytes.readUInt16LE(0) : undefined;
  if (vr === 'AT') {
    const tags: number[] = [];
    for (let at = 0; at + 4 <= bytes.length; at += 4) tags.push(bytes.readUInt16LE(at) * 0x10000 + bytes.readUInt16LE(at + 2));
    return tags;
  }
  return bytes.toString('latin1').replaceAll('\0', ' ').trim();
}
