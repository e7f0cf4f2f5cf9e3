/** Letters, the rights that they give, and their entries on record: each act is one transaction. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { FacilityId, LetterId, StudyInstanceUID, UserId } from '../../../gateway/domain/identifiers.ts';
import {
  type DraftWish,
  LETTER_DRAFTS_MAX,
  type Letter,
  type LetterIndex,
  type SettledLetter,
} from '../../../gateway/domain/referral/letter.ts';
import { LETTER_FILES_MAX } from '../../../gateway/domain/referral/letter-file.ts';
import { gives, type LetterAct, nextState } from '../../../gateway/domain/referral/letter-states.ts';
import { finishFile } from '../operation/kept-files.ts';
import { lockFacility } from '../people/facility-lock.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';
import { giveAccess } from '../sharing/shares.ts';
import { CAME, keyImageText, LISTED, letterBy, OF_FACILITY, toListed } from './letter-rows.ts';
import { letterTemplates } from './letter-templates.ts';

export function letterIndex(db: Database, now: () => Date): LetterIndex {
  return {
    draft: draft(db, now),
    save: save(db, now),
    discard: discard(db, now),
    send: send(db, now),
    act: act(db, now),
    note: note(db, now),
    letter: (facilityId, id) => letterBy(db, facilityId, id),
    ...lists(db),
    ...files(db, now),
    ...letterTemplates(db, now),
  };
}

const stateIs = (reason = 'letter-state') => new DomainError('conflict', 'the letter is in another state by now', { ids: { reason } });
const unknown = () => new DomainError('not-found', 'there is no such letter', { ids: { reason: 'letter' } });

async function told(tx: Queryable, facilityId: FacilityId, id: LetterId): Promise<Letter> {
  const letter = await letterBy(tx, facilityId, id);
  if (letter === undefined) throw unknown();
  return letter;
}

/** Its row is held. @throws not-found */
async function lockLetter(tx: Queryable, facilityId: FacilityId, id: LetterId): Promise<Row> {
  const [row] = await tx.rows({
    text: `SELECT l.from_facility_id, l.to_facility_id, l.state, l.revision FROM letters l WHERE ${OF_FACILITY} AND l.letter_id = $2 FOR UPDATE`,
    values: [facilityId, id],
  });
  if (row === undefined) throw unknown();
  return row;
}

/** @throws not-found; conflict when it is no draft, or not as its writer saw it last */
async function lockDraft(tx: Queryable, facilityId: FacilityId, id: LetterId, revision?: number): Promise<void> {
  const row = await lockLetter(tx, facilityId, id);
  if (row['from_facility_id'] !== facilityId || row['state'] !== 'draft') throw stateIs();
  if (revision !== undefined && row['revision'] !== revision)
    throw new DomainError('conflict', 'it was changed in another window', { ids: { reason: 'draft-changed' } });
}

async function keepStudies(tx: Queryable, id: LetterId, studies: DraftWish['studies']): Promise<void> {
  await tx.rows({ text: 'DELETE FROM letter_studies WHERE letter_id = $1', values: [id] });
  for (const [n, { studyId, keyImages }] of studies.entries())
    await tx.rows({
      text: 'INSERT INTO letter_studies (letter_id, study_id, n, key_images) VALUES ($1, $2, $3, $4)',
      values: [id, studyId, n, keyImages.map(keyImageText)],
    });
}

const draft =
  (db: Database, now: () => Date): LetterIndex['draft'] =>
  (facilityId, { kind, toFacilityId, toPerson, content, studies, patientNo, inReplyTo }, by, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      await lockFacility(tx, facilityId);
      const [held] = await tx.rows({
        text: "SELECT count(*)::integer AS drafts FROM letters WHERE from_facility_id = $1 AND state = 'draft'",
        values: [facilityId],
      });
      if (held?.['drafts'] >= LETTER_DRAFTS_MAX) throw new DomainError('conflict', 'too many drafts', { ids: { reason: 'letter-drafts' } });
      const [made] = await tx.rows({
        text: `INSERT INTO letters (kind, in_reply_to, from_facility_id, to_facility_id, to_user_id, patient_no, content, created_at, created_by)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING letter_id`,
        values: [
          kind,
          inReplyTo ?? null,
          facilityId,
          toFacilityId ?? null,
          toPerson ?? null,
          patientNo ?? null,
          JSON.stringify(content),
          at,
          by,
        ],
      });
      const id = made?.['letter_id'] as LetterId;
      await keepStudies(tx, id, studies);
      const letter = await told(tx, facilityId, id);
      await appendAudit(tx, entries(letter), at);
      return letter;
    });

const save =
  (db: Database, now: () => Date): LetterIndex['save'] =>
  (facilityId, id, revision, { kind, toFacilityId, toPerson, content, studies }, proven) =>
    db.transaction(async (tx) => {
      await demandProven(tx, proven, now());
      await lockDraft(tx, facilityId, id, revision);
      await tx.rows({
        text: `UPDATE letters SET kind = $2, to_facility_id = $3, to_user_id = $4, content = $5, revision = revision + 1 WHERE letter_id = $1`,
        values: [id, kind, toFacilityId ?? null, toPerson ?? null, JSON.stringify(content)],
      });
      await keepStudies(tx, id, studies);
      return told(tx, facilityId, id);
    });

const discard =
  (db: Database, now: () => Date): LetterIndex['discard'] =>
  (facilityId, id, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      await lockDraft(tx, facilityId, id);
      const letter = await told(tx, facilityId, id);
      await tx.rows({ text: 'DELETE FROM letters WHERE letter_id = $1', values: [id] });
      await appendAudit(tx, entries(letter), at);
    });

const send =
  (db: Database, now: () => Date): LetterIndex['send'] =>
  (facilityId, id, { revision, until, mayDownload, by }, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      // Whom it answers was there before: letters are held in the order of their numbers.
      const held = await tx.rows({
        text: `SELECT letter_id FROM letters WHERE letter_id = $1 OR letter_id = (SELECT in_reply_to FROM letters WHERE letter_id = $1)
          ORDER BY letter_id FOR UPDATE`,
        values: [id],
      });
      if (held.length === 0) throw unknown();
      await lockDraft(tx, facilityId, id, revision);
      const letter = await told(tx, facilityId, id);
      if (letter.to === undefined) throw new DomainError('invalid', 'to nobody', { ids: { reason: 'letter-missing', value: 'to' } });
      await demandMember(tx, letter.to.id);
      await lockStudies(tx, id);
      await demandOfPatient(tx, facilityId, id);
      for (const { studyId } of letter.studies) {
        const [made] = await tx.rows({
          text: `INSERT INTO grants (study_id, facility_id, kind, until, may_download, created_at, created_by)
            VALUES ($1, $2, 'referral', $3, $4, $5, $6) RETURNING grant_id`,
          values: [studyId, letter.to.id, until, mayDownload.includes(studyId), at, by],
        });
        await giveAccess(tx, made?.['grant_id'], at);
        await tx.rows({
          text: 'UPDATE letter_studies SET grant_id = $3 WHERE letter_id = $1 AND study_id = $2',
          values: [id, studyId, made?.['grant_id']],
        });
      }
      if (letter.studies.length > 0) await tx.rows({ text: 'SELECT lists_changed(ARRAY[$1::bigint])', values: [letter.to.id] });
      await tx.rows({
        text: "UPDATE letters SET state = 'sent', sent_at = $2, sent_by = $3, until = $4 WHERE letter_id = $1",
        values: [id, at, by, until],
      });
      if (letter.inReplyTo !== undefined) await answer(tx, facilityId, letter.inReplyTo, at);
      return settled(tx, facilityId, id, entries, at);
    });

/** Who left the region is sent nothing. @throws invalid */
async function demandMember(tx: Queryable, facilityId: FacilityId): Promise<void> {
  const [row] = await tx.rows({ text: 'SELECT left_at FROM facilities WHERE facility_id = $1 FOR SHARE', values: [facilityId] });
  if (row?.['left_at'] !== null) throw new DomainError('invalid', 'the facility has left the region', { ids: { reason: 'facility-left' } });
}

/** In the order in which everybody holds them. */
function lockStudies(tx: Queryable, id: LetterId): Promise<readonly Row[]> {
  return tx.rows({
    text: `SELECT FROM studies s WHERE s.study_id IN (SELECT study_id FROM letter_studies WHERE letter_id = $1)
      ORDER BY s.facility_id, s.study_instance_uid, s.ordinal FOR NO KEY UPDATE`,
    values: [id],
  });
}

/** Who was joined when the letter was begun may have parted since. @throws invalid */
async function demandOfPatient(tx: Queryable, facilityId: FacilityId, id: LetterId): Promise<void> {
  const others = await tx.rows({
    text: `SELECT FROM letters l JOIN letter_studies b ON b.letter_id = l.letter_id JOIN studies s ON s.study_id = b.study_id
        JOIN patients p ON p.patient_no = s.patient_no LEFT JOIN patients q ON q.patient_no = l.patient_no
      WHERE l.letter_id = $1 AND (s.facility_id <> $2 OR p.person_id IS DISTINCT FROM q.person_id)`,
    values: [id, facilityId],
  });
  if (others.length > 0) throw new DomainError('invalid', 'a study is of another patient', { ids: { reason: 'study-of-another-patient' } });
}

async function answer(tx: Queryable, facilityId: FacilityId, id: LetterId, at: Date): Promise<void> {
  const [row] = await tx.rows({ text: 'SELECT state, to_facility_id FROM letters WHERE letter_id = $1', values: [id] });
  if (row === undefined || row['to_facility_id'] !== facilityId || nextState(row['state'], 'answer', 'receiver') === undefined)
    throw stateIs('answered-letter-state');
  await tx.rows({
    text: "UPDATE letters SET state = 'answered', answered_at = coalesce(answered_at, $2) WHERE letter_id = $1",
    values: [id, at],
  });
}

async function settled(
  tx: Queryable,
  facilityId: FacilityId,
  id: LetterId,
  entries: Parameters<LetterIndex['send']>[3],
  at: Date,
): Promise<SettledLetter> {
  const letter = await told(tx, facilityId, id);
  await appendAudit(tx, entries(letter), at);
  return { letter, studies: letter.studies.map(({ studyInstanceUID }) => studyInstanceUID) as StudyInstanceUID[] };
}

const COLUMN_OF = {
  receive: 'received',
  open: 'opened',
  close: 'closed',
  recall: 'recalled',
  decline: 'declined',
} as const satisfies Record<Exclude<LetterAct, 'send' | 'answer'>, string>;

const act =
  (db: Database, now: () => Date): LetterIndex['act'] =>
  (facilityId, id, { act: done, reason = '', by }, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const row = await lockLetter(tx, facilityId, id);
      const state = nextState(row['state'], done, row['from_facility_id'] === facilityId ? 'sender' : 'receiver');
      if (state === undefined) throw stateIs();
      await tx.rows({
        text: `UPDATE letters SET state = $2, ${COLUMN_OF[done]}_at = $3, reason = $4${done === 'open' ? ', opened_by = $5' : ''} WHERE letter_id = $1`,
        values: [id, state, at, reason, ...(done === 'open' ? [by] : [])],
      });
      if (gives(row['state']) && !gives(state)) await endGrants(tx, id, by, at);
      return settled(tx, facilityId, id, entries, at);
    });

/** What other grants give of the same studies stays. */
async function endGrants(tx: Queryable, id: LetterId, by: UserId, at: Date): Promise<void> {
  await lockStudies(tx, id);
  await tx.rows({
    text: `UPDATE grants SET withdrawn_at = $2, withdrawn_by = $3
      WHERE grant_id IN (SELECT grant_id FROM letter_studies WHERE letter_id = $1) AND withdrawn_at IS NULL`,
    values: [id, at, by],
  });
  await tx.rows({
    text: `WITH lost AS (
        DELETE FROM study_access a USING letter_studies b WHERE b.letter_id = $1 AND a.study_id = b.study_id AND a.grant_id = b.grant_id RETURNING a.facility_id)
      SELECT lists_changed(array_agg(DISTINCT facility_id)) FROM lost`,
    values: [id],
  });
}

const note =
  (db: Database, now: () => Date): LetterIndex['note'] =>
  (facilityId, id, { firstVisit, visitedOn, gistWritten }, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const row = await lockLetter(tx, facilityId, id);
      if (row['to_facility_id'] !== facilityId || !gives(row['state'])) throw stateIs();
      await tx.rows({
        text: 'UPDATE letters SET first_visit = $2, visited_on = $3, gist_written = $4 WHERE letter_id = $1',
        values: [id, firstVisit, visitedOn, gistWritten],
      });
      const letter = await told(tx, facilityId, id);
      await appendAudit(tx, entries(letter), at);
      return letter;
    });

const OF_BOX = {
  in: CAME,
  out: "l.from_facility_id = $1 AND l.state <> 'draft'",
  drafts: "l.from_facility_id = $1 AND l.state = 'draft'",
} as const;

function lists(db: Database): Pick<LetterIndex, 'list' | 'lettersOf' | 'news' | 'statesOf'> {
  return { list: list(db), lettersOf: lettersOf(db), news: news(db), statesOf: statesOf(db) };
}

const list =
  (db: Database): LetterIndex['list'] =>
  async (facilityId, { box, state, after, limit }) => {
    const order = box === 'drafts' ? 'l.letter_id DESC' : 'l.waits DESC, l.sent_at DESC, l.letter_id DESC';
    const columns = (of: string) => (box === 'drafts' ? `${of}.letter_id` : `${of}.waits, ${of}.sent_at, ${of}.letter_id`);
    const rows = await db.rows({
      text: `${LISTED} WHERE ${OF_BOX[box]} AND ($2::text IS NULL OR l.state = $2)
          AND ($3::bigint IS NULL OR (${columns('l')}) < (SELECT ${columns('k')} FROM letters k WHERE k.letter_id = $3))
        ORDER BY ${order} LIMIT $4`,
      values: [facilityId, state ?? null, after ?? null, limit],
    });
    return rows.map(toListed);
  };

const lettersOf =
  (db: Database): LetterIndex['lettersOf'] =>
  async (facilityId, persons, limit) => {
    const rows = await db.rows({
      text: `${LISTED} WHERE ${OF_FACILITY} AND l.state <> 'draft'
          AND l.patient_no IN (SELECT patient_no FROM patients WHERE person_id = ANY ($2::bigint[]))
        ORDER BY l.sent_at DESC, l.letter_id DESC LIMIT $3`,
      values: [facilityId, persons, limit],
    });
    return rows.map(toListed);
  };

const named = (row: Row) => ({ id: row['facility_id'], code: row['code'], name: row['name'] });

const news =
  (db: Database): LetterIndex['news'] =>
  async (facilityId, limit) => {
    const rows = await db.rows({
      text: `SELECT * FROM (
          SELECT l.letter_id, l.kind, CASE l.state WHEN 'sent' THEN 'arrived' ELSE 'recalled' END AS what,
            CASE l.state WHEN 'sent' THEN l.sent_at ELSE l.recalled_at END AS at, l.from_facility_id AS other
          FROM letters l WHERE ${CAME} AND l.state IN ('sent', 'recalled')
          UNION ALL
          SELECT l.letter_id, l.kind, 'declined', l.declined_at, l.to_facility_id FROM letters l WHERE l.from_facility_id = $1 AND l.state = 'declined'
        ) n JOIN facilities f ON f.facility_id = n.other ORDER BY n.at DESC, n.letter_id DESC LIMIT $2`,
      values: [facilityId, limit],
    });
    return rows.map((row) => ({ letterId: row['letter_id'], kind: row['kind'], what: row['what'], at: row['at'], other: named(row) }));
  };

const statesOf =
  (db: Database): LetterIndex['statesOf'] =>
  async (facilityId, ids) => {
    const rows = await db.rows({
      text: `SELECT l.letter_id, l.state, f.facility_id, f.code, f.name FROM letters l JOIN facilities f ON f.facility_id = l.from_facility_id
        WHERE ${OF_FACILITY} AND l.letter_id = ANY ($2::bigint[])`,
      values: [facilityId, ids],
    });
    const found = new Map(rows.map((row) => [row['letter_id'], row]));
    return ids.map((id) => {
      const row = found.get(id);
      return row && { state: row['state'], from: named(row) };
    });
  };

function files(db: Database, now: () => Date): Pick<LetterIndex, 'addFile' | 'removeFile'> {
  return {
    addFile: (facilityId, id, { name, kind, bytes, sha256, key }, by, proven) =>
      db.transaction(async (tx) => {
        const at = now();
        await demandProven(tx, proven, at);
        await lockDraft(tx, facilityId, id);
        const [held] = await tx.rows({ text: 'SELECT count(*)::integer AS files FROM letter_files WHERE letter_id = $1', values: [id] });
        if (held?.['files'] >= LETTER_FILES_MAX)
          throw new DomainError('conflict', `a letter has ${LETTER_FILES_MAX} files at most`, { ids: { reason: 'letter-files' } });
        await finishFile(tx, key, by, at);
        await tx.rows({
          text: `INSERT INTO letter_files (letter_id, name, kind, bytes, sha256, key, added_at, added_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
          values: [id, name, kind, bytes, sha256, key, at, by],
        });
        return told(tx, facilityId, id);
      }),

    removeFile: (facilityId, id, file, proven) =>
      db.transaction(async (tx) => {
        await demandProven(tx, proven, now());
        await lockDraft(tx, facilityId, id);
        const gone = await tx.rows({
          text: 'DELETE FROM letter_files WHERE letter_id = $1 AND file_id = $2 RETURNING file_id',
          values: [id, file],
        });
        if (gone.length === 0) throw unknown();
        return told(tx, facilityId, id);
      }),
  };
}
