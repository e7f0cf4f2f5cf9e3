/**
 * Entries of the record that were written before it held codes: `right` and `what.detail` were English words, and stay hashed as they are.
 * Read back, they have the codes that are written today.
 */
import type { Right } from '../sharing/access.ts';
import { AUDIT_LISTS, type AuditAction, type AuditRefusal, type AuditSubject, type RecordedAct, SIGN_IN_FAILURES } from './audit.ts';

/** A share was `share 12`. */
const RIGHTS: Readonly<Record<string, Right['kind']>> = {
  owner: 'owner',
  administrator: 'administrator',
  'member of the facility': 'member',
  'own account': 'own-account',
  'directory of the region': 'directory',
};

const REFUSALS: Readonly<Record<string, AuditRefusal>> = {
  'a system has no account': 'system-has-no-account',
  'a system needs no directory': 'system-needs-no-directory',
  'a token ends no session': 'token-ends-no-session',
  'a token makes no token': 'token-makes-no-token',
  'administrators only': 'administrators-only',
  'belongs to no facility': 'belongs-to-no-facility',
  'not owned and not shared': 'not-owned-and-not-shared',
  'not the owner': 'not-the-owner',
  'only the owner decides': 'only-the-owner-decides',
  'people only': 'people-only',
  'share has ended': 'share-has-ended',
  'this job may not share': 'this-job-may-not-share',
  'token disabled': 'token-disabled',
  'token expired': 'token-expired',
  'token revoked': 'token-revoked',
  'token unknown': 'token-unknown',
  'unknown AE title': 'unknown-ae-title',
  csrf: 'csrf',
};

type Read = (detail: string) => AuditSubject | undefined;

/** What a detail's parts are, when it has the form; undefined: it has another. */
const parts = (form: RegExp, read: (...groups: (string | undefined)[]) => AuditSubject): Read => {
  return (detail) => {
    const found = form.exec(detail);
    return found === null ? undefined : read(...found.slice(1));
  };
};
const quarantine: Read = (detail) => ({ quarantine: detail });
const known = <Word extends string>(words: readonly Word[], word: string | undefined): Word | undefined =>
  words.find((one) => one === word);

const DETAILS: Partial<Record<AuditAction, readonly Read[]>> = {
  'sign-in': [parts(/^new device$/, () => ({ newDevice: true }))],
  'sign-in-failed': [failed],
  'account-guessed-at': [failed],
  'session-ended': [parts(/^others$/, () => ({})), parts(/^session (\S+)$/, (sessionId) => given({ sessionId }))],
  'token-created': [
    parts(/^user (\S+): token (\S+), (\d+) days$/, (userId, tokenId, days) => given({ userId, tokenId, days: Number(days) })),
  ],
  'token-revoked': [parts(/^token (\S+)$/, (tokenId) => given({ tokenId }))],
  'facility-created': [parts(/^(\S+)$/, (facilityCode) => given({ facilityCode }))],
  'facility-changed': [parts(/^(\S+): (.*)$/, (facilityCode, words) => given({ facilityCode, changes: changesIn(words) }))],
  'user-created': [
    parts(/^user (\S+): (\S+)( administrator)?$/, (userId, job, administrator) =>
      given({ userId, job, changes: administrator === undefined ? undefined : ['administrator'] }),
    ),
  ],
  'user-changed': [parts(/^user (\S+): (.*)$/, (userId, words) => given({ userId, changes: changesIn(words) }))],
  'instance-quarantined': [quarantine],
  'quarantined-taken-out': [quarantine],
  'quarantined-retried': [quarantine],
  'study-shared': [parts(/^until (\S+)$/, (until) => given({ until }))],
  'studies-listed': [parts(/^study list$/, () => ({ list: 'study-list' })), (detail) => listed(detail.split(' of ')[0])],
  'study-downloaded': [
    parts(/^one by one$/, () => ({ oneByOne: true })),
    parts(/^broken off after \d+ of (\d+)$/, (of) => ({ of: Number(of) })),
  ],
  'place-settled': [
    parts(/^(\S+) of notice (\S+) (\S+) from (.+) (\d+)$/, (settlement, noticeId, noticeKind, fromStudyInstanceUID, fromOrdinal) =>
      given({ settlement, noticeId, noticeKind, fromStudyInstanceUID, fromOrdinal: Number(fromOrdinal) }),
    ),
  ],
  'share-revoked': [parts(/^correction of notice (\S+)$/, (noticeId) => given({ settlement: 'correction', noticeId }))],
  'access-refused': [parts(/^([a-z]+\.[a-z-]+)$/, (asked) => given({ asked }))],
  'installation-begun': [
    parts(/^first start$/, () => ({ installation: 'first-start' })),
    parts(/^start-new: (\S+), objects of (\S+)$/, (found, id) =>
      given({ installation: 'start-new' as const, found, objectsOf: id === 'none' ? undefined : id }),
    ),
    parts(/^reindex: (\S+)$/, (found) => given({ installation: 'reindex' as const, found })),
  ],
  'clock-stepped': [parts(/^(back|on) (\d+) ms(?: in the record)?$/, (way, ms) => ({ stepMs: way === 'back' ? -Number(ms) : Number(ms) }))],
};

function listed(word: string | undefined): AuditSubject | undefined {
  const list = known(AUDIT_LISTS, word);
  return list && { list };
}

function failed(detail: string): AuditSubject | undefined {
  const failure = known(SIGN_IN_FAILURES, detail);
  return failure && { failure };
}

function changesIn(words: string | undefined): string[] {
  return (words ?? '').split(' ').filter((word) => word !== '');
}

type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

function given<const Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>;
}

/** Actions of `access.ts` that once had another name. */
const ASKED: Readonly<Record<string, string>> = { 'study.settle': 'notice.settle' };

/** The entry as it stands in the record, in today's codes. What has no code is kept as `what.words`. */
export function inCodes(stored: RecordedAct): RecordedAct {
  const act = withoutWords(stored);
  const asked = ASKED[act.what?.asked ?? ''];
  return asked === undefined ? act : { ...act, what: { ...act.what, asked } };
}

function withoutWords(stored: RecordedAct): RecordedAct {
  const { right, what, ...act } = stored as Omit<RecordedAct, 'right' | 'what'> & {
    readonly right?: Right | string;
    readonly what?: AuditSubject & { readonly detail?: string };
  };
  if (typeof right !== 'string' && what?.detail === undefined) return stored;
  const { detail, ...rest } = what ?? {};
  const by = typeof right === 'string' ? rightOrRefusal(right) : given({ right });
  const subject = { ...rest, ...(detail === undefined ? {} : subjectIn(act.action, detail)) };
  if (by === undefined)
    return { ...act, what: { ...subject, words: [subject.words, right].filter((words) => words !== undefined).join('; ') } };
  return { ...act, ...by, ...(what === undefined ? {} : { what: subject }) };
}

/** Undefined: it has no code. */
function rightOrRefusal(words: string): Pick<RecordedAct, 'right' | 'refusal'> | undefined {
  const [, grant] = /^share (\d+)$/.exec(words) ?? [];
  if (grant !== undefined) return { right: { kind: 'share', grant } };
  const [kind, refusal] = [RIGHTS[words], REFUSALS[words]];
  if (kind !== undefined) return { right: { kind } };
  return refusal && { refusal };
}

function subjectIn(action: AuditAction, detail: string): AuditSubject & { readonly words?: string } {
  for (const read of DETAILS[action] ?? []) {
    const subject = read(detail);
    if (subject !== undefined) return subject;
  }
  return { words: detail };
}
