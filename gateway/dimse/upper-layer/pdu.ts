/**
 * Protocol data units of the upper layer, PS3.8 section 9.3, with the user information items of PS3.7 annex D.3.3.
 * Decoding takes bytes nobody vouches for: every length is checked against what encloses it before it is used.
 */

export const PDU_TYPE = {
  'A-ASSOCIATE-RQ': 0x01,
  'A-ASSOCIATE-AC': 0x02,
  'A-ASSOCIATE-RJ': 0x03,
  'P-DATA-TF': 0x04,
  'A-RELEASE-RQ': 0x05,
  'A-RELEASE-RP': 0x06,
  'A-ABORT': 0x07,
} as const;

/** PS3.8 9.3.1: type, reserved, length. */
export const PDU_HEADER_BYTES = 6;
/** PS3.8 9.3.5.1: item length, presentation context ID, message control header. */
export const PDV_HEADER_BYTES = 6;
/** Presentation context IDs are the odd numbers 1 to 255. */
export const PRESENTATION_CONTEXTS_MAX = 128;

/** PS3.7 A.2.1. */
export const DICOM_APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';

export interface ProposedContext {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntaxes: readonly string[];
}

/** PS3.8 table 9-18. */
export const CONTEXT_RESULT = {
  acceptance: 0,
  'user-rejection': 1,
  'no-reason': 2,
  'abstract-syntax-not-supported': 3,
  'transfer-syntaxes-not-supported': 4,
} as const;

export interface AnsweredContext {
  readonly id: number;
  readonly result: number;
  /** Without meaning unless accepted. */
  readonly transferSyntax: string;
}

/** PS3.7 D.3.3.4. */
export interface RoleSelection {
  readonly sopClassUID: string;
  readonly scu: boolean;
  readonly scp: boolean;
}

export interface UserInformation {
  /** Largest P-DATA-TF the sender of this item will receive, without its 6-byte header; 0 = any. */
  readonly maximumLength: number;
  readonly implementationClassUID: string;
  readonly implementationVersionName?: string;
  /** PS3.7 D.3.3.3; 0 = any number. */
  readonly asynchronousOperations?: { readonly invoked: number; readonly performed: number };
  readonly roles?: readonly RoleSelection[];
  /** PS3.7 D.3.3.5. */
  readonly extendedNegotiations?: readonly { readonly sopClassUID: string; readonly information: Uint8Array }[];
  /** PS3.7 D.3.3.6. */
  readonly commonExtendedNegotiations?: readonly {
    readonly sopClassUID: string;
    readonly serviceClassUID: string;
    readonly relatedSOPClassUIDs: readonly string[];
  }[];
  /** PS3.7 D.3.3.7. Secrets: never logged. */
  readonly userIdentity?: {
    readonly type: number;
    readonly positiveResponseRequested: boolean;
    readonly primaryField: Uint8Array;
    readonly secondaryField: Uint8Array;
  };
  readonly userIdentityResponse?: Uint8Array;
}

interface Associate {
  readonly protocolVersion: number;
  readonly calledAETitle: string;
  readonly callingAETitle: string;
  readonly applicationContextName: string;
  readonly userInformation: UserInformation;
}
export interface AssociateRequest extends Associate {
  readonly type: 'A-ASSOCIATE-RQ';
  readonly presentationContexts: readonly ProposedContext[];
}
export interface AssociateAccept extends Associate {
  readonly type: 'A-ASSOCIATE-AC';
  readonly presentationContexts: readonly AnsweredContext[];
}
/** PS3.8 9.3.4. */
export interface AssociateReject {
  readonly type: 'A-ASSOCIATE-RJ';
  readonly result: number;
  readonly source: number;
  readonly reason: number;
}
/** PS3.8 9.3.8. Source 0 = service user, 2 = service provider. */
export interface Abort {
  readonly type: 'A-ABORT';
  readonly source: number;
  readonly reason: number;
}
/** All but P-DATA-TF, whose bytes are passed on as they come (`PduReader`). */
export type Pdu =
  | AssociateRequest
  | AssociateAccept
  | AssociateReject
  | { readonly type: 'A-RELEASE-RQ' }
  | { readonly type: 'A-RELEASE-RP' }
  | Abort;

/** PS3.8 table 9-21: result, source and reason of the rejections this program utters. */
export const REJECTION = {
  'application-context-not-supported': { type: 'A-ASSOCIATE-RJ', result: 1, source: 1, reason: 2 },
  'calling-ae-title-not-recognized': { type: 'A-ASSOCIATE-RJ', result: 1, source: 1, reason: 3 },
  'called-ae-title-not-recognized': { type: 'A-ASSOCIATE-RJ', result: 1, source: 1, reason: 7 },
  'protocol-version-not-supported': { type: 'A-ASSOCIATE-RJ', result: 1, source: 2, reason: 2 },
  'temporary-congestion': { type: 'A-ASSOCIATE-RJ', result: 2, source: 3, reason: 1 },
  'local-limit-exceeded': { type: 'A-ASSOCIATE-RJ', result: 2, source: 3, reason: 2 },
} as const satisfies Record<string, AssociateReject>;
export type RejectionReason = keyof typeof REJECTION;

/** PS3.8 table 9-26: reasons of an abort by the service provider. */
export const ABORT_REASON = {
  'not-specified': 0,
  'unrecognized-pdu': 1,
  'unexpected-pdu': 2,
  'unrecognized-pdu-parameter': 4,
  'unexpected-pdu-parameter': 5,
  'invalid-pdu-parameter-value': 6,
} as const;
export type AbortReason = keyof typeof ABORT_REASON;

/** What arrived is not what PS3.8 defines, or passes a bound. The association answers it with A-ABORT. */
export class PduError extends Error {
  readonly reason: AbortReason;
  constructor(reason: AbortReason, message: string) {
    super(message);
    this.name = 'PduError';
    this.reason = reason;
  }
}

// ── Encoding ─────────────────────────────────────────────────────────────────

/** A whole PDU with its header. */
export function encodePdu(pdu: Pdu): Buffer {
  switch (pdu.type) {
    case 'A-ASSOCIATE-RQ':
      return withPduHeader(pdu.type, [...associateHead(pdu), ...pdu.presentationContexts.map(proposedContextItem), userItem(pdu)]);
    case 'A-ASSOCIATE-AC':
      return withPduHeader(pdu.type, [...associateHead(pdu), ...pdu.presentationContexts.map(answeredContextItem), userItem(pdu)]);
    case 'A-ASSOCIATE-RJ':
      return withPduHeader(pdu.type, [Buffer.from([0, pdu.result, pdu.source, pdu.reason])]);
    case 'A-RELEASE-RQ':
    case 'A-RELEASE-RP':
      return withPduHeader(pdu.type, [Buffer.alloc(4)]);
    case 'A-ABORT':
      return withPduHeader(pdu.type, [Buffer.from([0, 0, pdu.source, pdu.reason])]);
  }
}

/** The 12 bytes before the one presentation data value of a P-DATA-TF: PDU header and PDV header. */
export function pDataHeader(contextId: number, isCommand: boolean, isLast: boolean, fragmentBytes: number): Buffer {
  const header = Buffer.allocUnsafe(PDU_HEADER_BYTES + PDV_HEADER_BYTES);
  header.writeUInt16BE(PDU_TYPE['P-DATA-TF'] << 8, 0);
  header.writeUInt32BE(fragmentBytes + PDV_HEADER_BYTES, 2);
  header.writeUInt32BE(fragmentBytes + 2, 6);
  header[10] = contextId;
  header[11] = (isCommand ? 1 : 0) | (isLast ? 2 : 0);
  return header;
}

function withPduHeader(type: keyof typeof PDU_TYPE, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(PDU_HEADER_BYTES);
  header[0] = PDU_TYPE[type];
  header.writeUInt32BE(body.length, 2);
  return Buffer.concat([header, body]);
}

function associateHead(pdu: Associate): readonly Buffer[] {
  const fixed = Buffer.alloc(68);
  fixed.writeUInt16BE(pdu.protocolVersion, 0);
  fixed.write(pdu.calledAETitle.padEnd(16).slice(0, 16), 4, 'latin1');
  fixed.write(pdu.callingAETitle.padEnd(16).slice(0, 16), 20, 'latin1');
  return [fixed, item(0x10, text(pdu.applicationContextName))];
}

function proposedContextItem(context: ProposedContext): Buffer {
  return item(
    0x20,
    Buffer.from([context.id, 0, 0, 0]),
    item(0x30, text(context.abstractSyntax)),
    ...context.transferSyntaxes.map((uid) => item(0x40, text(uid))),
  );
}

function answeredContextItem(context: AnsweredContext): Buffer {
  return item(0x21, Buffer.from([context.id, 0, context.result, 0]), item(0x40, text(context.transferSyntax)));
}

function userItem({ userInformation: user }: Associate): Buffer {
  const items = [item(0x51, uint32(user.maximumLength)), item(0x52, text(user.implementationClassUID))];
  const window = user.asynchronousOperations;
  if (window !== undefined) items.push(item(0x53, uint16(window.invoked), uint16(window.performed)));
  for (const role of user.roles ?? []) {
    items.push(item(0x54, counted(text(role.sopClassUID)), Buffer.from([role.scu ? 1 : 0, role.scp ? 1 : 0])));
  }
  if (user.implementationVersionName !== undefined) items.push(item(0x55, text(user.implementationVersionName)));
  for (const one of user.extendedNegotiations ?? []) items.push(item(0x56, counted(text(one.sopClassUID)), one.information));
  for (const one of user.commonExtendedNegotiations ?? []) {
    const related = Buffer.concat(one.relatedSOPClassUIDs.map((uid) => counted(text(uid))));
    items.push(item(0x57, counted(text(one.sopClassUID)), counted(text(one.serviceClassUID)), counted(related)));
  }
  const identity = user.userIdentity;
  if (identity !== undefined) {
    const flags = Buffer.from([identity.type, identity.positiveResponseRequested ? 1 : 0]);
    items.push(item(0x58, flags, counted(identity.primaryField), counted(identity.secondaryField)));
  }
  if (user.userIdentityResponse !== undefined) items.push(item(0x59, counted(user.userIdentityResponse)));
  return item(0x50, ...items);
}

function item(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(4);
  header[0] = type;
  header.writeUInt16BE(body.length, 2);
  return Buffer.concat([header, body]);
}

function counted(bytes: Uint8Array): Buffer {
  return Buffer.concat([uint16(bytes.length), bytes]);
}

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1');
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

// ── Decoding ─────────────────────────────────────────────────────────────────

export interface PduBounds {
  readonly pduBytesMax: number;
  readonly associatePduBytesMax: number;
  readonly transferSyntaxesMax: number;
  readonly userItemsMax: number;
}

/** The body of a PDU other than P-DATA-TF. @throws PduError */
export function decodePdu(type: number, body: Buffer, bounds: PduBounds): Pdu {
  switch (type) {
    case PDU_TYPE['A-ASSOCIATE-RQ']: {
      const contexts: ProposedContext[] = [];
      const head = decodeAssociate(body, bounds, 0x20, contexts, (bytes) => decodeProposedContext(bytes, bounds));
      return { type: 'A-ASSOCIATE-RQ', ...head, presentationContexts: contexts };
    }
    case PDU_TYPE['A-ASSOCIATE-AC']: {
      const contexts: AnsweredContext[] = [];
      const head = decodeAssociate(body, bounds, 0x21, contexts, decodeAnsweredContext);
      return { type: 'A-ASSOCIATE-AC', ...head, presentationContexts: contexts };
    }
    case PDU_TYPE['A-ASSOCIATE-RJ']:
      return { type: 'A-ASSOCIATE-RJ', result: body.readUInt8(1), source: body.readUInt8(2), reason: body.readUInt8(3) };
    case PDU_TYPE['A-RELEASE-RQ']:
      return { type: 'A-RELEASE-RQ' };
    case PDU_TYPE['A-RELEASE-RP']:
      return { type: 'A-RELEASE-RP' };
    case PDU_TYPE['A-ABORT']:
      return { type: 'A-ABORT', source: body.readUInt8(2), reason: body.readUInt8(3) };
    default:
      throw new PduError('unrecognized-pdu', `PDU type ${type}`);
  }
}

function decodeAssociate<Context extends { readonly id: number }>(
  body: Buffer,
  bounds: PduBounds,
  contextItemType: number,
  contexts: Context[],
  decodeContext: (bytes: Buffer) => Context,
): Associate {
  if (body.length < 68) throw new PduError('invalid-pdu-parameter-value', 'A-ASSOCIATE shorter than its fixed fields');
  let applicationContextName = '';
  let userInformation: UserInformation = { maximumLength: 0, implementationClassUID: '' };
  const ids = new Set<number>();
  for (const [type, bytes] of items(body.subarray(68))) {
    if (type === 0x10) applicationContextName = uid(bytes);
    else if (type === 0x50) userInformation = decodeUserInformation(bytes, bounds);
    else if (type === contextItemType) {
      const context = decodeContext(bytes);
      // Also bounds their number: there are 128 odd IDs.
      if (context.id % 2 === 0 || ids.has(context.id)) throw new PduError('invalid-pdu-parameter-value', 'presentation context ID');
      ids.add(context.id);
      contexts.push(context);
    }
    // PS3.8 9.3.1: items of other types are not significant.
  }
  return {
    protocolVersion: body.readUInt16BE(0),
    calledAETitle: aeTitle(body.subarray(4, 20)),
    callingAETitle: aeTitle(body.subarray(20, 36)),
    applicationContextName,
    userInformation,
  };
}

function decodeProposedContext(bytes: Buffer, bounds: PduBounds): ProposedContext {
  const fixed = take(bytes, 0, 4);
  let abstractSyntax = '';
  const transferSyntaxes: string[] = [];
  for (const [type, value] of items(bytes.subarray(4))) {
    if (type === 0x30) abstractSyntax = uid(value);
    else if (type === 0x40) transferSyntaxes.push(uid(value));
    if (transferSyntaxes.length > bounds.transferSyntaxesMax) {
      throw new PduError('invalid-pdu-parameter-value', 'too many transfer syntaxes');
    }
  }
  return { id: fixed.readUInt8(0), abstractSyntax, transferSyntaxes };
}

function decodeAnsweredContext(bytes: Buffer): AnsweredContext {
  const fixed = take(bytes, 0, 4);
  let transferSyntax = '';
  for (const [type, value] of items(bytes.subarray(4))) if (type === 0x40) transferSyntax = uid(value);
  return { id: fixed.readUInt8(0), result: fixed.readUInt8(2), transferSyntax };
}

function decodeUserInformation(bytes: Buffer, bounds: PduBounds): UserInformation {
  let user: UserInformation = { maximumLength: 0, implementationClassUID: '' };
  const roles: RoleSelection[] = [];
  const extended: { sopClassUID: string; information: Uint8Array }[] = [];
  const common: { sopClassUID: string; serviceClassUID: string; relatedSOPClassUIDs: string[] }[] = [];
  let count = 0;
  for (const [type, value] of items(bytes)) {
    count += 1;
    if (count > bounds.userItemsMax) throw new PduError('invalid-pdu-parameter-value', 'too many user information items');
    if (type === 0x51) user = { ...user, maximumLength: take(value, 0, 4).readUInt32BE(0) };
    else if (type === 0x52) user = { ...user, implementationClassUID: uid(value) };
    else if (type === 0x53) {
      const window = take(value, 0, 4);
      user = { ...user, asynchronousOperations: { invoked: window.readUInt16BE(0), performed: window.readUInt16BE(2) } };
    } else if (type === 0x54) {
      const sopClass = takeCounted(value, 0);
      const flags = take(value, 2 + sopClass.length, 2);
      roles.push({ sopClassUID: uid(sopClass), scu: flags[0] === 1, scp: flags[1] === 1 });
    } else if (type === 0x55) user = { ...user, implementationVersionName: value.toString('latin1').trim() };
    else if (type === 0x56) {
      const sopClass = takeCounted(value, 0);
      extended.push({ sopClassUID: uid(sopClass), information: value.subarray(2 + sopClass.length) });
    } else if (type === 0x57) common.push(decodeCommonExtendedNegotiation(value));
    else if (type === 0x58) user = { ...user, userIdentity: decodeUserIdentity(value) };
    else if (type === 0x59) user = { ...user, userIdentityResponse: takeCounted(value, 0) };
  }
  return {
    ...user,
    ...(roles.length === 0 ? {} : { roles }),
    ...(extended.length === 0 ? {} : { extendedNegotiations: extended }),
    ...(common.length === 0 ? {} : { commonExtendedNegotiations: common }),
  };
}

function decodeCommonExtendedNegotiation(value: Buffer) {
  const sopClass = takeCounted(value, 0);
  const serviceClass = takeCounted(value, 2 + sopClass.length);
  const at = 4 + sopClass.length + serviceClass.length;
  // Edition 0 of the item ends here.
  const related = at < value.length ? takeCounted(value, at) : Buffer.alloc(0);
  const relatedSOPClassUIDs: string[] = [];
  for (let offset = 0; offset < related.length; ) {
    const one = takeCounted(related, offset);
    relatedSOPClassUIDs.push(uid(one));
    offset += 2 + one.length;
  }
  return { sopClassUID: uid(sopClass), serviceClassUID: uid(serviceClass), relatedSOPClassUIDs };
}

function decodeUserIdentity(value: Buffer) {
  const flags = take(value, 0, 2);
  const primaryField = takeCounted(value, 2);
  const secondaryField = takeCounted(value, 4 + primaryField.length);
  return { type: flags.readUInt8(0), positiveResponseRequested: flags[1] === 1, primaryField, secondaryField };
}

/** Items of PS3.8 9.3.2: type, reserved, 2-byte length, value. */
function* items(bytes: Buffer): Generator<readonly [number, Buffer]> {
  for (let at = 0; at < bytes.length; ) {
    const header = take(bytes, at, 4);
    const length = header.readUInt16BE(2);
    yield [header.readUInt8(0), take(bytes, at + 4, length)];
    at += 4 + length;
  }
}

function take(bytes: Buffer, offset: number, length: number): Buffer {
  if (offset + length > bytes.length) throw new PduError('invalid-pdu-parameter-value', 'an item is longer than what encloses it');
  return bytes.subarray(offset, offset + length);
}

function takeCounted(bytes: Buffer, offset: number): Buffer {
  return take(bytes, offset + 2, take(bytes, offset, 2).readUInt16BE(0));
}

/** Peers pad with NUL or, against PS3.5 9.1, with spaces. */
function uid(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[\0 ]+$/, '');
}

/** PS3.8 table 9-11: leading and trailing spaces are not significant. */
function aeTitle(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll('\0', ' ').trim();
}
