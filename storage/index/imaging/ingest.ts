/** Reception: claim, finish, quarantine, completeness. The work of a finish is `finish_instances` in 0001-base.sql. */
import { createHash } from 'node:crypto';
import { DAY_MS } from '../../../gateway/domain/clock.ts';
import { DomainError } from '../../../gateway/domain/errors.ts';
import type {
  ClaimId,
  FacilityCode,
  FacilityId,
  InstanceId,
  ObjectKey,
  QuarantineId,
  SeriesId,
  SeriesInstanceUID,
  Sha256,
  SOPInstanceUID,
  StudyId,
  StudyInstanceUID,
} from '../../../gateway/domain/identifiers.ts';
import { readOriginalKey } from '../../../gateway/domain/imaging/derived.ts';
import type { Claim, ClaimRequest, IngestIndex, KeptVersion, QuarantinedFile } from '../../../gateway/domain/imaging/ingest-index.ts';
import { receptionEntry } from '../../../gateway/domain/imaging/reception.ts';
import type {
  FinishOutcome,
  InstancePlace,
  InstanceToIndex,
  SearchableName,
  SeriesAttributes,
  StudyAttributes,
} from '../../../gateway/domain/imaging/study.ts';
import { groupCommit } from '../postgres/group-commit.ts';
import { type Database, type Row, storable } from '../postgres/pool.ts';
import { appendAudit, canonicalEntryText } from '../record/audit.ts';
import { encodeFrameIndex } from './frame-index.ts';
import { searchText } from './search-text.ts';

export const FINISH_BATCH_MAX = 64;
export const CLAIM_BATCH_MAX = 128;
export const INGEST_WAITING_MAX = 10_000;
/** A series' derived objects are made when no instance has come for this long, unless `openIndex` is told otherwise. */
export const SERIES_QUIET_MS = 3_000;
/** How long a left-over claim belongs to the process that sweeps it. */
export const SWEEP_LEASE_MS = 60_000;
/** Ended shares leave study_access a day after they stopped counting. */
const ENDED_SHARES_KEPT_MS = DAY_MS;
const HOUSEKEEPING_ROWS_MAX = 1_000;

export function ingestIndex(db: Database, now: () => Date, seriesQuietMs: number = SERIES_QUIET_MS): IngestIndex {
  const underWay = claimsUnderWay();
  const claim = groupCommit((requests: readonly ClaimRequest[]) => claimAll(db, requests, now()), isOneItemsFault, {
    batchMax: CLAIM_BATCH_MAX,
    waitingMax: INGEST_WAITING_MAX,
  });
  const finish = groupCommit((items: readonly ToFinish[]) => finishAll(db, items, now(), seriesQuietMs), isOneItemsFault, {
    batchMax: FINISH_BATCH_MAX,
    waitingMax: INGEST_WAITING_MAX,
    others: underWay.any,
  });

  return {
    async claim(request) {
      const answer = await claim(request);
      if (answer.claimId !== undefined) underWay.began(answer.claimId);
      return answer;
    },
    finish(claimId, instance) {
      if (claimId !== undefined) underWay.ended(claimId);
      return finish({ claimId, instance });
    },

    async release(claimId) {
      underWay.ended(claimId);
      await db.rows({ text: 'DELETE FROM claims WHERE claim_id = $1', values: [claimId] });
    },

    abandonedClaims: abandonedClaims(db, now),

    quarantine: quarantine(db, now),

    quarantined: quarantined(db),
    quarantinedOne: quarantinedOne(db),
    settleQuarantined: settleQuarantined(db, now),

    completeQuietStudies: completeQuietStudies(db, now),
  };
}

/** Bytes of which the store has not said for so long that they are kept are not waited for. */
const UNDER_WAY_MS_MAX = 1_000;

/** Claims of this process whose bytes are on the way to the store: they come to be finished in a moment. */
function claimsUnderWay(): { began(claimId: ClaimId): void; ended(claimId: ClaimId): void; any(): boolean } {
  const since = new Map<ClaimId, number>();
  const forgetOld = () => {
    for (const [claimId, at] of since) {
      if (performance.now() - at < UNDER_WAY_MS_MAX) return;
      since.delete(claimId);
    }
  };
  return {
    began(claimId) {
      forgetOld();
      since.set(claimId, performance.now());
    },
    ended: (claimId) => void since.delete(claimId),
    any() {
      forgetOld();
      return since.size > 0;
    },
  };
}

const abandonedClaims =
  (db: Database, now: () => Date): IngestIndex['abandonedClaims'] =>
  async (before, limit) => {
    const at = now();
    const rows = await db.rows({
      text: `UPDATE claims SET swept_until = $3
          WHERE claim_id = ANY (ARRAY(SELECT claim_id FROM claims
            WHERE claimed_at < $1 AND (swept_until IS NULL OR swept_until <= $4)
            ORDER BY claimed_at, claim_id LIMIT $2 FOR UPDATE SKIP LOCKED))
          RETURNING claim_id, facility_id, sop_instance_uid, object_key, encode(sha256, 'hex') AS sha256, bytes, source, claimed_at`,
      values: [before, limit, new Date(at.getTime() + SWEEP_LEASE_MS), at],
    });
    return rows.map(toClaim).sort((a, b) => a.claimedAt.getTime() - b.claimedAt.getTime() || Number(a.id) - Number(b.id));
  };

const quarantine =
  (db: Database, now: () => Date): IngestIndex['quarantine'] =>
  async (entry) => {
    const at = now();
    const received = receptionEntry(entry.facilityCode, entry.source, { quarantined: entry.reason });
    return db.transaction(async (tx) => {
      const rows = await tx.rows({
        text: `INSERT INTO quarantine (facility_id, source, reason, object_key, bytes, sha256, at)
            VALUES ($1, $2, $3, $4, $5, decode($6, 'hex'), $7) RETURNING quarantine_id`,
        values: [entry.facilityId, JSON.stringify(entry.source), storable(entry.reason), entry.key, entry.bytes, entry.sha256, at],
      });
      if (received !== undefined) await appendAudit(tx, [received], at);
      return only(rows)['quarantine_id'] as QuarantineId;
    });
  };

const QUARANTINED = `
  SELECT q.quarantine_id, q.facility_id, f.code, f.name, q.source, q.reason, q.object_key, q.bytes, encode(q.sha256, 'hex') AS sha256, q.at
  FROM quarantine q JOIN facilities f USING (facility_id)`;

const quarantined =
  (db: Database): IngestIndex['quarantined'] =>
  async ({ before, limit, waiting = false }) => {
    const rows = await db.rows({
      text: `${QUARANTINED} WHERE ($1::bigint IS NULL OR q.quarantine_id < $1) AND ($3 = false OR q.settled_at IS NULL)
          ORDER BY q.quarantine_id DESC LIMIT $2`,
      values: [before ?? null, limit, waiting],
    });
    return rows.map(toQuarantinedFile);
  };

const quarantinedOne =
  (db: Database): IngestIndex['quarantinedOne'] =>
  async (id) => {
    const [row] = await db.rows({ text: `${QUARANTINED} WHERE q.quarantine_id = $1`, values: [id] });
    return row === undefined ? undefined : toQuarantinedFile(row);
  };

const settleQuarantined =
  (db: Database, now: () => Date): IngestIndex['settleQuarantined'] =>
  (id, audit) =>
    db.transaction(async (tx) => {
      const at = now();
      await tx.rows({ text: 'UPDATE quarantine SET settled_at = $2 WHERE quarantine_id = $1', values: [id, at] });
      await appendAudit(tx, [audit], at);
    });

const completeQuietStudies =
  (db: Database, now: () => Date): IngestIndex['completeQuietStudies'] =>
  async (quietSince, limit) => {
    const at = now();
    const rows = await db.rows({
      text: `WITH complete AS (
            UPDATE studies SET complete_at = $3
            WHERE study_id = ANY (ARRAY(SELECT study_id FROM studies WHERE complete_at IS NULL AND (last_received_at < $1 OR ${ALL_ANNOUNCED_HAVE_COME})
              ORDER BY study_id LIMIT $2 FOR UPDATE SKIP LOCKED))
            RETURNING study_id
          ), told AS (SELECT lists_changed(seen_by(array_agg(study_id))) FROM complete)
          SELECT study_id FROM complete CROSS JOIN told`,
      values: [quietSince, limit, at],
    });
    await db.rows({
      // A list's revision holds the end of the last share that has ended: without it the next must be one that was never told before.
      text: `WITH cleared AS (
            DELETE FROM study_access WHERE ctid = ANY (ARRAY(SELECT ctid FROM study_access WHERE until < $1 ORDER BY until LIMIT ${HOUSEKEEPING_ROWS_MAX} FOR UPDATE SKIP LOCKED))
            RETURNING facility_id
          ) SELECT lists_changed(array_agg(facility_id)) FROM cleared`,
      values: [new Date(at.getTime() - ENDED_SHARES_KEPT_MS)],
    });
    return rows.map((row) => row['study_id'] as StudyId);
  };

/** The sender wrote Number of Study Related Instances (0020,1208) into the header, and so many are there: no need to wait for quiet. */
// By pattern and not as json: PostgreSQL's reader of json throws at half a surrogate pair, and one study that holds one would end this for all.
const ALL_ANNOUNCED_HAVE_COME = String.raw`number_of_instances >=
  substring(attributes from '"00201208":\{"vr":"[A-Z]{2}","Value":\["?([1-9][0-9]{0,6})"?[],]')::integer`;

/** Data the server could not take: some item's, not all of them. */
function isOneItemsFault(thrown: unknown): boolean {
  return thrown instanceof DomainError && thrown.kind !== 'unavailable' && thrown.kind !== 'full' && thrown.kind !== 'busy';
}

// ── Claims ───────────────────────────────────────────────────────────────────

interface ClaimAnswer {
  readonly claimId: ClaimId | undefined;
  readonly kept: readonly KeptVersion[];
}

async function claimAll(db: Database, requests: readonly ClaimRequest[], at: Date): Promise<readonly ClaimAnswer[]> {
  const batch = requests.map((request, n) => ({
    n,
    facility_id: request.facilityId,
    sop_instance_uid: storable(request.sopInstanceUID),
    object_key: request.key,
    sha256: request.sha256,
    bytes: request.bytes,
    source: JSON.stringify(request.source),
  }));
  const rows = await db.rows({ name: 'claim', text: 'SELECT * FROM claim_instances($1, $2)', values: [JSON.stringify(batch), at] });
  const answers: { claimId: ClaimId | undefined; kept: KeptVersion[] }[] = requests.map(() => ({ claimId: undefined, kept: [] }));
  for (const row of rows) {
    const answer = answers[row['n'] as number];
    if (answer === undefined) continue;
    if (row['claim_id'] !== null) answer.claimId = row['claim_id'] as ClaimId;
    else answer.kept.push(toKeptVersion(row, facilityCodeIn(requests[row['n'] as number]?.key)));
  }
  return answers;
}

/** Of the key under which an original was to be kept. */
function facilityCodeIn(key: ObjectKey | undefined): FacilityCode {
  return readOriginalKey(key ?? '')?.path.facilityCode ?? ('' as FacilityCode);
}

function toClaim(row: Row): Claim {
  return {
    id: row['claim_id'] as ClaimId,
    facilityId: row['facility_id'] as FacilityId,
    sopInstanceUID: row['sop_instance_uid'] as SOPInstanceUID,
    key: row['object_key'] as ObjectKey,
    sha256: row['sha256'] as Sha256,
    bytes: Number(row['bytes']),
    source: JSON.parse(row['source']),
    claimedAt: row['claimed_at'],
  };
}

function toKeptVersion(row: Row, facilityCode: FacilityCode): KeptVersion {
  return {
    place: toPlace(row, facilityCode),
    key: row['object_key'] as ObjectKey,
    sha256: row['sha256'] as Sha256,
    dataSetOffset: Number(row['data_set_offset']),
    bytes: Number(row['bytes']),
  };
}

function toQuarantinedFile(row: Row): QuarantinedFile {
  return {
    id: row['quarantine_id'] as QuarantineId,
    facilityId: row['facility_id'] as FacilityId,
    facilityCode: row['code'] as FacilityCode,
    facilityName: row['name'],
    source: JSON.parse(row['source']),
    reason: row['reason'],
    key: row['object_key'] as ObjectKey,
    bytes: Number(row['bytes']),
    sha256: row['sha256'] as Sha256,
    at: row['at'],
  };
}

// ── Finish ───────────────────────────────────────────────────────────────────

interface ToFinish {
  readonly claimId: ClaimId | undefined;
  readonly instance: InstanceToIndex;
}

const DEADLOCK_TRIES_MAX = 5;

async function finishAll(
  db: Database,
  items: readonly ToFinish[],
  at: Date,
  seriesQuietMs: number,
): Promise<readonly (FinishOutcome | DomainError)[]> {
  const { instances, studies, series, receptions } = toBatch(items);
  const given = [instances, studies, series, receptions].map((rows) => JSON.stringify(rows));
  const metadata = items.map(({ instance }) => Buffer.from(instance.metadataGzip));
  const frames = items.map(({ instance }) => encodeFrameIndex(instance.frames));
  const due = new Date(at.getTime() + seriesQuietMs);

  for (let attempt = 1; ; attempt++) {
    try {
      const rows = await db.rows({
        name: 'finish',
        text: 'SELECT * FROM finish_instances($1, $2, $3, $4, $5, $6, $7, $8)',
        values: [...given, metadata, frames, at, due],
      });
      const outcomes: (FinishOutcome | DomainError)[] = [];
      for (const row of rows) {
        const position = (row['n'] as number) - 1;
        outcomes[position] = toOutcome(row, items[position]?.instance.facilityCode as FacilityCode);
      }
      return outcomes;
    } catch (thrown) {
      if (attempt < DEADLOCK_TRIES_MAX && thrown instanceof DomainError && isDeadlock(thrown)) continue;
      throw thrown;
    }
  }
}

const isDeadlock = (error: DomainError): boolean => error.ids['code'] === '40P01' || error.ids['code'] === '40001';

function toOutcome(row: Row, facilityCode: FacilityCode): FinishOutcome | DomainError {
  if (row['outcome'] === 'lost') return new DomainError('busy', 'the claim was given up before its bytes were finished: send again');
  return {
    kind: row['outcome'] as FinishOutcome['kind'],
    studyId: row['study'] as StudyId,
    seriesId: row['series'] as SeriesId,
    instanceId: row['instance'] as InstanceId,
    place: toPlace(row, facilityCode),
  };
}

function toPlace(row: Row, facilityCode: FacilityCode): InstancePlace {
  return {
    studyInstanceUID: row['study_instance_uid'] as StudyInstanceUID,
    seriesInstanceUID: row['series_instance_uid'] as SeriesInstanceUID,
    ...(row['leads'] === true ? {} : { of: { ownerCode: facilityCode, ordinal: row['ordinal'] as number } }),
  };
}

/** Studies and series that say the same are sent once. Positions count from 1, as PostgreSQL's arrays do. */
function toBatch(items: readonly ToFinish[]): { studies: object[]; series: object[]; instances: object[]; receptions: object[] } {
  const studies = new Map<string, number>();
  const series = new Map<string, number>();
  const studyVariants = new Map<string, number>();
  const seriesVariants = new Map<string, number>();
  const receptions = new Map<string, number>();
  const studyRows: object[] = [];
  const seriesRows: object[] = [];
  const receptionRows: object[] = [];

  const instances = items.map(({ claimId, instance: item }, position) => {
    const study = numberOf(studies, `${item.facilityId} ${item.study.studyInstanceUID} ${patientText(item.study)}`);
    const ofSeries = numberOf(series, `${study} ${item.series.seriesInstanceUID}`);
    const studyDigest = digestOf(item.study);
    const studyVariant = numberOf(studyVariants, `${study} ${studyDigest}`);
    if (studyVariant > studyRows.length) studyRows.push(studyRow(studyVariant, studyDigest, item));
    const seriesDigest = digestOf(item.series);
    const seriesVariant = numberOf(seriesVariants, `${ofSeries} ${seriesDigest}`);
    if (seriesVariant > seriesRows.length) seriesRows.push(seriesRow(seriesVariant, seriesDigest, item.series));
    const template = receptionTemplate(item);
    const reception = template === undefined ? null : numberOf(receptions, `${study} ${template.join(' ')}`);
    if (template !== undefined && (reception ?? 0) > receptionRows.length) {
      receptionRows.push({ n: reception, study, first: template[0], second: template[1], third: template[2] });
    }
    return {
      n: position + 1,
      claim_id: claimId ?? null,
      study,
      study_variant: studyVariant,
      series: ofSeries,
      series_variant: seriesVariant,
      reception,
      facility_id: item.facilityId,
      sop_instance_uid: storable(item.instance.sopInstanceUID),
      sop_class_uid: storable(item.instance.sopClassUID),
      instance_number: item.instance.instanceNumber,
      rows: item.instance.rows,
      columns: item.instance.columns,
      bits_allocated: item.instance.bitsAllocated,
      number_of_frames: item.instance.numberOfFrames,
      clip: item.instance.clip,
      reading_key: item.instance.readingKey,
      opening_frame: item.instance.openingFrame,
      source: JSON.stringify(item.source),
      object_key: item.object.key,
      bytes: item.object.bytes,
      sha256: item.object.sha256,
      transfer_syntax_uid: storable(item.object.transferSyntaxUID),
      data_set_offset: item.object.dataSetOffset,
      warnings: item.warnings.map(storable),
    };
  });
  return { studies: studyRows, series: seriesRows, instances, receptions: receptionRows };
}

/** Headers that say the same of who the patient is belong to one study in any case; whether others do is the database's to say (same_patient). */
function patientText({ patientID, issuerOfPatientID, patientBirthDate, patientName }: StudyAttributes): string {
  return JSON.stringify([patientID, issuerOfPatientID, patientBirthDate, patientName.folded]);
}

const COUNT_GOES_HERE = -1;

/** The entry of a reception in three pieces: the database puts what it came to between the first two, and how many between the last two. */
function receptionTemplate({ facilityCode, source, study, series }: InstanceToIndex): readonly [string, string, string] | undefined {
  const { studyInstanceUID } = study;
  const { seriesInstanceUID } = series;
  const entry = receptionEntry(facilityCode, source, { studyInstanceUID, seriesInstanceUID, count: COUNT_GOES_HERE });
  if (entry === undefined) return undefined;
  const text = canonicalEntryText(entry);
  // A quote inside a JSON text is escaped: these can only be members.
  const pieces = /^(\{"action":")study-received(".*"count":)-1(.*)$/s.exec(text);
  const [, first, second, third] = pieces ?? [];
  if (first === undefined || second === undefined || third === undefined) {
    throw new DomainError('internal', 'the canonical form of the record has changed');
  }
  return [first, second, third];
}

/** The number under which a name is known in this batch; a new name gets the next. */
function numberOf(known: Map<string, number>, name: string): number {
  const number = known.get(name) ?? known.size + 1;
  known.set(name, number);
  return number;
}

const digestOf = (value: object): string => createHash('md5').update(JSON.stringify(value)).digest('base64');

function studyRow(n: number, digest: string, { facilityId, study, sounds }: InstanceToIndex): object {
  return {
    n,
    facility_id: facilityId,
    study_instance_uid: storable(study.studyInstanceUID),
    attributes_digest: digest,
    patient_id: storable(study.patientID),
    issuer_of_patient_id: storable(study.issuerOfPatientID),
    ...nameColumns('patient_name', study.patientName),
    patient_birth_date: storable(study.patientBirthDate),
    patient_sex: storable(study.patientSex),
    study_date: storable(study.studyDate),
    study_time: storable(study.studyTime),
    accession_number: storable(study.accessionNumber),
    dicom_study_id: storable(study.studyID),
    study_description: storable(study.studyDescription),
    ...nameColumns('referring_physician_name', study.referringPhysicianName),
    attributes: JSON.stringify(study.attributes),
    search_text: studySearchText(study, sounds),
  };
}

/** What the application's one text box looks in, and QIDO-RS by name or with wildcards looks up first. */
function studySearchText(study: StudyAttributes, sounds: InstanceToIndex['sounds']): string {
  const { patientName, referringPhysicianName } = study;
  return searchText({
    names: [patientName, referringPhysicianName],
    sounds,
    birthDate: study.patientBirthDate,
    values: [study.patientID, study.accessionNumber, study.studyDescription, study.studyID],
  });
}

function nameColumns(column: string, name: SearchableName): object {
  return {
    [column]: JSON.stringify(name.value),
    [`${column}_alphabetic`]: storable(name.folded.alphabetic),
    [`${column}_ideographic`]: storable(name.folded.ideographic),
    [`${column}_phonetic`]: storable(name.folded.phonetic),
  };
}

function seriesRow(n: number, digest: string, series: SeriesAttributes): object {
  return {
    n,
    series_instance_uid: storable(series.seriesInstanceUID),
    attributes_digest: digest,
    modality: storable(series.modality),
    series_number: series.seriesNumber,
    series_description: storable(series.seriesDescription),
    body_part_examined: storable(series.bodyPartExamined),
    performed_procedure_step_start_date: storable(series.performedProcedureStepStartDate),
    performed_procedure_step_start_time: storable(series.performedProcedureStepStartTime),
    scheduled_procedure_step_ids: series.requestAttributes.map((item) => storable(item.scheduledProcedureStepID)),
    requested_procedure_ids: series.requestAttributes.map((item) => storable(item.requestedProcedureID)),
    attributes: JSON.stringify(series.attributes),
  };
}

function only(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new DomainError('internal', 'the database gave no row');
  return row;
}
