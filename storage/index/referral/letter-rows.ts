/** Letters as rows tell them. */
import type { LetterId } from '../../../gateway/domain/identifiers.ts';
import type { KeyImage, Letter, LetterFacility, LetterTimes, ListedLetter } from '../../../gateway/domain/referral/letter.ts';
import { EMPTY_CONTENT, type LetterContent } from '../../../gateway/domain/referral/letter-content.ts';
import type { Queryable, Row } from '../postgres/pool.ts';

/** l = letters, f = who sent it, t = who is to get it */
const FACILITIES = `f.facility_id AS from_id, f.code AS from_code, f.name AS from_name, t.facility_id AS to_id, t.code AS to_code, t.name AS to_name`;
const FROM =
  'FROM letters l JOIN facilities f ON f.facility_id = l.from_facility_id LEFT JOIN facilities t ON t.facility_id = l.to_facility_id';
const TIMES = ['sent', 'received', 'opened', 'answered', 'closed', 'recalled', 'declined'] as const;
const ACT_OF = {
  sent: 'send',
  received: 'receive',
  opened: 'open',
  answered: 'answer',
  closed: 'close',
  recalled: 'recall',
  declined: 'decline',
} as const;

export const LISTED = `SELECT l.letter_id, l.kind, l.state, l.in_reply_to, l.content, l.created_at, l.reason,
    ${TIMES.map((time) => `l.${time}_at`).join(', ')}, ${FACILITIES},
    (SELECT count(*)::integer FROM letter_studies s WHERE s.letter_id = l.letter_id) AS study_count,
    (SELECT count(*)::integer FROM letter_files a WHERE a.letter_id = l.letter_id) AS file_count
  ${FROM}`;

const LETTER = `SELECT l.*, ${FACILITIES}, p.patient_id, po.code AS patient_owner_code,
    tu.name AS to_user_name, cu.name AS created_by_name, su.name AS sent_by_name, ou.name AS opened_by_name,
    (SELECT coalesce(json_agg(json_build_object('id', r.letter_id::text, 'kind', r.kind, 'at', r.sent_at) ORDER BY r.sent_at), '[]')
      FROM letters r WHERE r.in_reply_to = l.letter_id AND r.state NOT IN ('draft', 'recalled')) AS replies,
    (SELECT coalesce(json_agg(json_build_object('id', a.file_id::text, 'name', a.name, 'kind', a.kind, 'bytes', a.bytes, 'sha256', a.sha256, 'key', a.key)
      ORDER BY a.file_id), '[]') FROM letter_files a WHERE a.letter_id = l.letter_id) AS files,
    (SELECT coalesce(json_agg(json_build_object('studyId', b.study_id::text, 'studyInstanceUID', s.study_instance_uid, 'ordinal', s.ordinal,
      'studyDate', s.study_date, 'studyDescription', s.study_description, 'modalities', s.modalities, 'keyImages', b.key_images, 'grantId', b.grant_id::text)
      ORDER BY b.n), '[]') FROM letter_studies b JOIN studies s ON s.study_id = b.study_id WHERE b.letter_id = l.letter_id) AS studies
  ${FROM} LEFT JOIN patients p ON p.patient_no = l.patient_no LEFT JOIN facilities po ON po.facility_id = p.facility_id
    LEFT JOIN users tu ON tu.user_id = l.to_user_id LEFT JOIN users cu ON cu.user_id = l.created_by
    LEFT JOIN users su ON su.user_id = l.sent_by LEFT JOIN users ou ON ou.user_id = l.opened_by`;

/** Who sent it, or to whom it was sent: nobody else, and a draft is its writer's. Who left the region reads none that came. $1: the facility */
export const CAME =
  "l.to_facility_id = $1 AND l.state <> 'draft' AND NOT EXISTS (SELECT FROM facilities x WHERE x.facility_id = $1 AND x.left_at IS NOT NULL)";
export const OF_FACILITY = `(l.from_facility_id = $1 OR (${CAME}))`;

export async function letterBy(db: Queryable, facilityId: string, id: LetterId): Promise<Letter | undefined> {
  const [row] = await db.rows({ text: `${LETTER} WHERE ${OF_FACILITY} AND l.letter_id = $2`, values: [facilityId, id] });
  return row === undefined ? undefined : toLetter(row);
}

function toLetter(row: Row): Letter {
  const { id, kind, state, inReplyTo, from, to, times, createdAt, reason } = toListed({ ...row, study_count: 0, file_count: 0 });
  return {
    ...{ id, kind, state, inReplyTo, from, to, times, createdAt, reason },
    revision: row['revision'],
    replies: row['replies'].map((reply: Row) => ({ id: reply['id'], kind: reply['kind'], at: new Date(reply['at']) })),
    toPerson: named(row, 'to_user'),
    patientNo: row['patient_no'] ?? undefined,
    patient: row['patient_no'] === null ? undefined : { ownerCode: row['patient_owner_code'], patientID: row['patient_id'] },
    content: contentOf(row),
    notes: { firstVisit: row['first_visit'], visitedOn: row['visited_on'], gistWritten: row['gist_written'] },
    studies: row['studies'].map((study: Row) => ({
      ...study,
      keyImages: study['keyImages'].map(keyImage),
      grantId: study['grantId'] ?? undefined,
    })),
    files: row['files'],
    createdBy: named(row, 'created_by'),
    sentBy: named(row, 'sent_by'),
    openedBy: named(row, 'opened_by'),
    until: row['until'] ?? undefined,
  };
}

export function toListed(row: Row): ListedLetter {
  return {
    id: row['letter_id'],
    kind: row['kind'],
    state: row['state'],
    inReplyTo: row['in_reply_to'] ?? undefined,
    from: facility(row, 'from') as LetterFacility,
    to: facility(row, 'to'),
    content: contentOf(row),
    createdAt: row['created_at'],
    times: timesOf(row),
    reason: row['reason'],
    studyCount: row['study_count'],
    fileCount: row['file_count'],
  };
}

/** What a later version asks for is there, though it was not written. */
function contentOf(row: Row): LetterContent {
  return { ...EMPTY_CONTENT, ...row['content'] };
}

function timesOf(row: Row): LetterTimes {
  return Object.fromEntries(TIMES.filter((time) => row[`${time}_at`] !== null).map((time) => [ACT_OF[time], row[`${time}_at`]]));
}

function facility(row: Row, which: 'from' | 'to'): LetterFacility | undefined {
  return row[`${which}_id`] === null ? undefined : { id: row[`${which}_id`], code: row[`${which}_code`], name: row[`${which}_name`] };
}

function named(row: Row, which: 'to_user' | 'created_by' | 'sent_by' | 'opened_by'): Letter['toPerson'] {
  const id = row[which === 'to_user' ? 'to_user_id' : which];
  return id === null ? undefined : { id, name: row[`${which}_name`] };
}

function keyImage(pair: string): KeyImage {
  const [seriesInstanceUID, sopInstanceUID] = pair.split(' ');
  return { seriesInstanceUID, sopInstanceUID } as KeyImage;
}

export function keyImageText({ seriesInstanceUID, sopInstanceUID }: KeyImage): string {
  return `${seriesInstanceUID} ${sopInstanceUID}`;
}
