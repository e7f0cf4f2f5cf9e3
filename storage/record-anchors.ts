/** Signed anchors of the record, one a day, in the object store. */
import { DomainError } from '../gateway/domain/errors.ts';
import type { ObjectKey } from '../gateway/domain/identifiers.ts';
import type { ObjectStore } from '../gateway/domain/imaging/object-store.ts';
import {
  ANCHOR_CHARS_MAX,
  ANCHORS_LISTED_MAX,
  ANCHORS_PREFIX,
  anchorKey,
  anchorText,
  parsedAnchor,
  printedAnchor,
  type RecordAnchors,
  type SignedAnchor,
} from '../gateway/domain/record/record-anchor.ts';
import type { RecordKey } from './record-key.ts';

/** Objects read at once. */
const READS_AT_ONCE = 16;

export function recordAnchors({ objects, key }: { readonly objects: ObjectStore; readonly key: RecordKey }): RecordAnchors {
  const judge: RecordAnchors['judge'] = (anchor) => {
    if (anchor.key !== key.id) return 'other';
    return key.verifies(anchorText(anchor), anchor.signature) ? 'ours' : 'forged';
  };
  return {
    judge,

    async keep(anchor) {
      const kept = await read(objects, anchorKey(anchor));
      if (kept !== undefined && kept !== 'unreadable') return kept;
      const signed: SignedAnchor = { ...anchor, key: key.id, signature: key.sign(anchorText(anchor)) };
      // What is there and cannot be read is told by `list`, and stays as it was found.
      if (kept === undefined) await objects.put(anchorKey(anchor), Buffer.from(printedAnchor(signed)));
      return signed;
    },

    async list() {
      const names: ObjectKey[] = [];
      for await (const object of objects.list(ANCHORS_PREFIX)) names.push(object.key);
      const newest = names.sort().reverse().slice(0, ANCHORS_LISTED_MAX);
      const found: (SignedAnchor | 'unreadable' | undefined)[] = [];
      for (let n = 0; n < newest.length; n += READS_AT_ONCE)
        found.push(...(await Promise.all(newest.slice(n, n + READS_AT_ONCE).map((name) => read(objects, name)))));
      const anchors = found.filter((one) => typeof one === 'object');
      const sound = anchors.filter((anchor) => judge(anchor) !== 'forged');
      return { anchors: sound, forged: found.filter((one) => one === 'unreadable').length + anchors.length - sound.length };
    },
  };
}

/** Undefined: there is none. */
async function read(objects: ObjectStore, name: ObjectKey): Promise<SignedAnchor | 'unreadable' | undefined> {
  let text: string;
  try {
    text = Buffer.from(await objects.read(name)).toString('utf8');
  } catch (thrown) {
    if (thrown instanceof DomainError && thrown.kind === 'not-found') return undefined;
    throw thrown;
  }
  try {
    return text.length > ANCHOR_CHARS_MAX ? 'unreadable' : parsedAnchor(text);
  } catch {
    return 'unreadable';
  }
}
