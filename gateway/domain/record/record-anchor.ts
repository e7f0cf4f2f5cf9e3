/**
 * The record at the end of a day, signed, so that it can be printed, mailed and kept where nobody of the region can change it: by the chain it
 * vouches for every entry up to there.
 */
import { DomainError } from '../errors.ts';
import type { ObjectKey } from '../identifiers.ts';
import { objectKey } from '../imaging/object-keys.ts';
import { canonicalJson } from './audit.ts';
import type { RecordCheckpoint } from './record-proof.ts';

export interface RecordAnchor {
  /** Of the region's time zone, YYYY-MM-DD. */
  readonly day: string;
  readonly epoch: number;
  /** The last entry of that day or before it; 0: there was none. */
  readonly seq: number;
  readonly hash: string;
  /** Entries of that day. */
  readonly count: number;
}

/** As it is kept and printed. */
export interface SignedAnchor extends RecordAnchor {
  /** Fingerprint of the key: the first 16 hexadecimal digits of the SHA-256 of its public half. */
  readonly key: string;
  /** Ed25519 over `anchorText`, base64. */
  readonly signature: string;
}

export const ANCHORS_PREFIX = 'record-anchors/';
/** Days that a list of anchors goes back. */
export const ANCHORS_LISTED_MAX = 400;
/** A text that is looked at as a printed anchor. */
export const ANCHOR_CHARS_MAX = 4_000;

export function anchorKey({ day, epoch }: RecordAnchor): ObjectKey {
  return objectKey('record-anchors', `${day}-${String(epoch).padStart(6, '0')}.txt`);
}

/** The text that is signed. */
export function anchorText({ day, epoch, seq, hash, count }: RecordAnchor): string {
  return canonicalJson({ anchor: 1, day, epoch, seq, hash, count });
}

const NAMES = ['day', 'epoch', 'seq', 'count', 'hash', 'key', 'signature'] as const;
const TITLE = 'RENKEI RECORD ANCHOR 1';

/** A line a member, so that it can be read out and typed in. */
export function printedAnchor(anchor: SignedAnchor): string {
  return `${[TITLE, ...NAMES.map((name) => `${name}: ${anchor[name]}`)].join('\n')}\n`;
}

/** What was printed, however it was broken into lines, quoted or set apart on its way. @throws invalid */
export function parsedAnchor(text: string): SignedAnchor {
  const bare = text
    .slice(0, ANCHOR_CHARS_MAX)
    .normalize('NFKC')
    .replace(/^[>|\s]+/gm, '')
    .replace(/\s+/g, '');
  const pattern = new RegExp(
    `${TITLE.replaceAll(' ', '')}day:(\\d{4}-\\d\\d-\\d\\d)epoch:(\\d{1,9})seq:(\\d{1,15})count:(\\d{1,15})hash:([0-9a-f]{64})key:([0-9a-f]{16})signature:([A-Za-z0-9+/]{86}==)`,
  );
  const [, day, epoch, seq, count, hash, key, signature] = pattern.exec(bare) ?? [];
  if (day === undefined || hash === undefined || key === undefined || signature === undefined)
    throw new DomainError('invalid', `this is no anchor of the record: it begins with ${TITLE} and has ${NAMES.join(', ')}`);
  return { day, epoch: Number(epoch), seq: Number(seq), count: Number(count), hash, key, signature };
}

/** What a signed anchor proves, as the checkpoints beside it do. */
export function checkpointOf({ epoch, seq, hash, day }: RecordAnchor): RecordCheckpoint {
  return { epoch, kind: 'regular', seq, hash, keeps: 0, at: day, why: '' };
}

/** Implemented by `storage/record-anchors.ts`. */
export interface RecordAnchors {
  /** Signs it and keeps it beside the objects; a day is signed for once. */
  keep(anchor: RecordAnchor): Promise<SignedAnchor>;
  /** The newest first, ANCHORS_LISTED_MAX at most, with how many of them are not what was signed. @throws unavailable */
  list(): Promise<{ readonly anchors: readonly SignedAnchor[]; readonly forged: number }>;
  /** Whether it is signed by this program's key; `other`: by another, which cannot be said of. */
  judge(anchor: SignedAnchor): 'ours' | 'other' | 'forged';
}
