-- What of a facility's studies its patients' consents open may follow rules of its own: which modalities, to whom of those that the consent names, from when on, and
-- whether for looking only (gateway/domain/consent/release-rule.ts). Of several that cover a study the strictest of each holds; one that no rule covers is opened by no consent.
-- A facility without rules opens at once whatever its patients agreed to, as before.

CREATE FUNCTION are_release_rules(given jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN jsonb_typeof(given) <> 'array' THEN false ELSE NOT EXISTS (
    SELECT FROM jsonb_array_elements(given) e(rule)
    WHERE jsonb_typeof(e.rule) <> 'object' OR coalesce(jsonb_typeof(e.rule -> 'modalities'), '') <> 'array'
      OR coalesce(e.rule ->> 'afterHours', '') !~ '^[0-9]{1,4}$' OR coalesce(jsonb_typeof(e.rule -> 'registeredOnly'), '') <> 'boolean'
      OR coalesce(jsonb_typeof(e.rule -> 'onceReported'), '') <> 'boolean' OR coalesce(jsonb_typeof(e.rule -> 'mayDownload'), '') <> 'boolean') END
$$;

CREATE TABLE release_rules (
  facility_id bigint NOT NULL REFERENCES facilities,
  revision integer NOT NULL CHECK (revision > 0),
  rules jsonb NOT NULL CHECK (are_release_rules(rules)),
  set_at timestamptz NOT NULL,
  set_by bigint REFERENCES users,
  PRIMARY KEY (facility_id, revision)
);
COMMENT ON TABLE release_rules IS 'What a facility says of how consents open its studies: one row a change, the newest holds. Read by release-rules.ts and release_of.';
COMMENT ON INDEX release_rules_pkey IS 'release-rules.ts and release_of: the newest of a facility.';

-- As notice_settlements of 0023-notices-in-pieces.sql.
CREATE TABLE release_settlements (
  facility_id bigint PRIMARY KEY REFERENCES facilities,
  changed_at timestamptz NOT NULL,
  revision uuid NOT NULL DEFAULT gen_random_uuid()
);
COMMENT ON TABLE release_settlements IS 'Facilities whose rules have changed, until what follows from it is settled. Read by release-rules.ts, which goes on with what a process that died left.';
COMMENT ON INDEX release_settlements_pkey IS 'release-rules.ts; there are hardly ever any rows.';

CREATE FUNCTION release_of(owner_id bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT r.rules FROM release_rules r WHERE r.facility_id = owner_id ORDER BY r.revision DESC LIMIT 1
$$;

-- Whether what names these modalities covers a study of those: each of its own was named, and there is one. gateway/domain/consent/consent-covers.ts.
CREATE FUNCTION covers_modalities(named text[], of_study text[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN named = '{}' OR (of_study <@ (named || ARRAY['PR', 'KO', 'SR', 'SEG', 'REG']) AND NOT of_study <@ ARRAY['PR', 'KO', 'SR', 'SEG', 'REG']);

-- Basic Text, Enhanced and Comprehensive SR, Encapsulated PDF and CDA. A dose report or a list of key images is none.
CREATE FUNCTION is_report(sop_class_uid text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sop_class_uid IN ('1.2.840.10008.5.1.4.1.1.88.11', '1.2.840.10008.5.1.4.1.1.88.22', '1.2.840.10008.5.1.4.1.1.88.33',
  '1.2.840.10008.5.1.4.1.1.104.1', '1.2.840.10008.5.1.4.1.1.104.2');
CREATE INDEX instances_reports ON instances (series_id) WHERE is_report(sop_class_uid);
COMMENT ON INDEX instances_reports IS 'is_reported.';
CREATE FUNCTION is_reported(given bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM series e JOIN instances i ON i.series_id = e.series_id WHERE e.study_id = given AND is_report(i.sop_class_uid))
$$;

-- What rules make of a study of these modalities, as releaseOf of gateway/domain/consent/release-rule.ts; no row: it is not opened.
CREATE FUNCTION release_terms(rules jsonb, of_study text[])
RETURNS TABLE (registered_only boolean, after_hours integer, once_reported boolean, may_take boolean) LANGUAGE sql IMMUTABLE AS $$
  WITH listed AS (
    SELECT ARRAY(SELECT jsonb_array_elements_text(e.rule -> 'modalities')) AS modalities, (e.rule ->> 'registeredOnly')::boolean AS registered_only,
      (e.rule ->> 'afterHours')::integer AS after_hours, (e.rule ->> 'onceReported')::boolean AS once_reported, (e.rule ->> 'mayDownload')::boolean AS may_take
    FROM jsonb_array_elements(rules) e(rule)
  ), parts AS (
    SELECT m.part FROM unnest(of_study) m(part) WHERE m.part <> ALL (ARRAY['PR', 'KO', 'SR', 'SEG', 'REG', 'DOC'])
  ), named AS (
    SELECT p.part FROM parts p WHERE p.part <> 'OT' OR NOT EXISTS (SELECT FROM parts o WHERE o.part <> 'OT')
    UNION ALL SELECT '' WHERE NOT EXISTS (SELECT FROM parts)
  ), held AS (
    SELECT l.* FROM named n LEFT JOIN listed l ON n.part = ANY (l.modalities)
      OR (l.modalities = '{}' AND NOT EXISTS (SELECT FROM listed o WHERE n.part = ANY (o.modalities)))
  )
  SELECT bool_or(h.registered_only), max(h.after_hours), coalesce(bool_and(h.once_reported) FILTER (WHERE h.after_hours > 0), false), bool_and(h.may_take)
  FROM held h HAVING bool_and(h.modalities IS NOT NULL)
$$;

-- As in 0014-audience-of-the-region.sql, but that the owner's rules say to whom of those, from when on and what for. `proposed`: in place of the rules
-- that hold, for who wants to know what they would open. The studies are of the consent's person.
DROP FUNCTION consent_reaches(consents, bigint, bigint[]);
CREATE FUNCTION consent_reaches(k consents, taken_at_facility bigint, given bigint[], proposed jsonb DEFAULT NULL)
RETURNS TABLE (study_id bigint, facility_id bigint, not_to bigint[], not_before timestamptz, may_take boolean) LANGUAGE sql STABLE AS $$
  WITH covered AS (
    SELECT s.study_id, s.facility_id AS owner_id, s.modalities, s.first_received_at
    FROM studies s
    WHERE s.study_id = ANY (given)
      AND (NOT (k).needs_notice OR s.facility_id = taken_at_facility)
      AND s.study_id <> ALL ((k).except_studies)
      AND covers_modalities((k).modalities, s.modalities)
      AND (coalesce((k).study_date_from, (k).study_date_to) IS NULL OR (
        s.study_date ~ '^[0-9]{8}$' AND s.study_date >= coalesce((k).study_date_from, '') AND s.study_date <= coalesce((k).study_date_to, '99999999')))
  ), owners AS MATERIALIZED (
    SELECT o.owner_id, coalesce(proposed, release_of(o.owner_id), '[]') AS rules FROM (SELECT DISTINCT c.owner_id FROM covered c) o
  ), released AS (
    SELECT c.study_id, c.owner_id, coalesce(r.registered_only, false) AS registered_only,
      CASE WHEN r.after_hours > 0 AND NOT (r.once_reported AND is_reported(c.study_id))
        THEN c.first_received_at + make_interval(hours => r.after_hours) END AS not_before,
      coalesce(r.may_take, true) AS may_take
    FROM covered c JOIN owners o ON o.owner_id = c.owner_id LEFT JOIN LATERAL release_terms(o.rules, c.modalities) r ON o.rules <> '[]'
    WHERE o.rules = '[]' OR r.after_hours IS NOT NULL
  ), registered AS MATERIALIZED (
    SELECT DISTINCT q.facility_id FROM patients p JOIN patients q ON q.person_id = p.person_id WHERE p.patient_no = (k).patient_no
  )
  SELECT c.study_id, 0::bigint, ARRAY(
    SELECT c.owner_id UNION SELECT unnest((k).except_facilities) UNION SELECT f.facility_id FROM facilities f WHERE f.left_at IS NOT NULL ORDER BY 1),
    c.not_before, c.may_take
  FROM released c WHERE (k).to_facilities IS NULL AND NOT c.registered_only
  UNION ALL
  SELECT c.study_id, f.facility_id, '{}', c.not_before, c.may_take
  FROM released c JOIN facilities f ON f.facility_id <> c.owner_id
  WHERE ((k).to_facilities IS NOT NULL OR c.registered_only) AND ((k).to_facilities IS NULL OR f.facility_id = ANY ((k).to_facilities))
    AND f.facility_id <> ALL ((k).except_facilities) AND f.left_at IS NULL
    AND (NOT c.registered_only OR f.facility_id IN (SELECT g.facility_id FROM registered g))
$$;

-- As in 0014-audience-of-the-region.sql, but that a right may begin later and may be for looking only.
CREATE OR REPLACE FUNCTION settle_consents(given bigint[], at_time timestamptz, tell boolean DEFAULT true) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  changed bigint[];
  came bigint[];
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7305431002);
  PERFORM FROM studies s WHERE s.study_id = ANY (given) ORDER BY s.facility_id, s.study_instance_uid, s.ordinal FOR NO KEY UPDATE;
  WITH of_person AS (
    SELECT p.person_id, array_agg(s.study_id) AS ids FROM studies s JOIN patients p ON p.patient_no = s.patient_no
    WHERE s.study_id = ANY (given) GROUP BY p.person_id
  ), due AS MATERIALIZED (
    SELECT r.study_id, r.facility_id, r.not_to, (c.consent).grant_id AS grant_id, c.until,
      CASE WHEN r.not_before > at_time THEN r.not_before END AS not_before, r.may_take
    FROM of_person o CROSS JOIN LATERAL consents_standing(o.person_id, at_time) c
      CROSS JOIN LATERAL consent_reaches(c.consent, c.taken_at_facility, o.ids) r
    WHERE r.not_before IS NULL OR r.not_before < c.until
  ), gone AS (
    DELETE FROM study_access a WHERE a.study_id = ANY (given) AND a.kind = 'consent'
      AND (a.study_id, a.facility_id, a.grant_id) NOT IN (SELECT d.study_id, d.facility_id, d.grant_id FROM due d)
    RETURNING a.study_id, a.facility_id, a.opened_at
  ), opened AS (
    -- It may be given again as a row of the region.
    INSERT INTO study_openings (study_id, facility_id, opened_at)
    SELECT g.study_id, g.facility_id, min(g.opened_at) FROM gone g WHERE g.opened_at IS NOT NULL AND g.facility_id <> 0 GROUP BY g.study_id, g.facility_id
    ON CONFLICT (study_id, facility_id) DO NOTHING
  ), come AS (
    INSERT INTO study_access AS a (study_id, facility_id, audience, not_to, kind, grant_id, not_before, until, may_take, granted_at, study_date, study_time,
      search_text, modalities, listed, opened_at, held_back_state)
    SELECT d.study_id, d.facility_id, CASE d.facility_id WHEN 0 THEN 'region' ELSE 'facility' END, d.not_to, 'consent', d.grant_id, d.not_before, d.until,
      d.may_take, greatest(at_time, d.not_before), s.study_date, sortable_time(s.study_time), s.search_text, s.modalities, s.number_of_instances > 0, least(
        (SELECT min(o.opened_at) FROM study_access o WHERE o.study_id = d.study_id AND o.facility_id = d.facility_id),
        (SELECT o.opened_at FROM study_openings o WHERE o.study_id = d.study_id AND o.facility_id = d.facility_id)), (random() * 2 ^ 52)::bigint
    FROM due d JOIN studies s ON s.study_id = d.study_id
    ON CONFLICT (study_id, facility_id, coalesce(grant_id, 0)) DO UPDATE SET until = excluded.until, not_to = excluded.not_to,
        not_before = excluded.not_before, may_take = excluded.may_take,
        -- What is open stays where it is among what came.
        granted_at = CASE WHEN excluded.not_before IS NOT NULL OR a.not_before > at_time THEN excluded.granted_at ELSE a.granted_at END
      WHERE (a.until, a.not_to, a.not_before, a.may_take) IS DISTINCT FROM (excluded.until, excluded.not_to, excluded.not_before, excluded.may_take)
    RETURNING a.study_id, a.facility_id
  )
  SELECT array_agg(DISTINCT c.facility_id), array_agg(DISTINCT c.study_id) FILTER (WHERE c.came) INTO changed, came
  FROM (SELECT g.study_id, g.facility_id, false AS came FROM gone g UNION ALL SELECT k.study_id, k.facility_id, true FROM come k) c;
  IF changed IS NULL THEN RETURN; END IF;
  IF came IS NOT NULL THEN PERFORM rights_given(came); END IF;
  IF tell THEN PERFORM lists_changed(changed); END IF;
END $$;

-- A report came: what waits for it is opened; or one left: its study waits again.
CREATE FUNCTION report_under_consents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  given bigint[] := ARRAY(
    SELECT DISTINCT c.study_id FROM unnest(ARRAY[CASE WHEN TG_OP <> 'INSERT' THEN OLD.study_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.study_id END]) c(study_id)
      JOIN studies s ON s.study_id = c.study_id WHERE release_of(s.facility_id) IS NOT NULL);
  persons bigint[];
BEGIN
  IF given = '{}' THEN RETURN NULL; END IF;
  SELECT array_agg(h.person_id) INTO persons FROM (
    SELECT p.person_id FROM patients p WHERE p.patient_no IN (SELECT s.patient_no FROM studies s WHERE s.study_id = ANY (given)) ORDER BY p.patient_no FOR SHARE) h;
  -- Of a backup that is put back, the consents come later and the rights are as they were. Lists are told by whoever brings or settles.
  IF EXISTS (SELECT FROM patients p JOIN consents k ON k.patient_no = p.patient_no WHERE p.person_id = ANY (persons)) THEN
    PERFORM settle_consents(given, clock_timestamp(), TG_OP <> 'INSERT');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER report_under_consents AFTER INSERT ON instances FOR EACH ROW WHEN (is_report(NEW.sop_class_uid)) EXECUTE FUNCTION report_under_consents();
CREATE TRIGGER report_moved_under_consents AFTER UPDATE OF study_id, sop_class_uid ON instances FOR EACH ROW
  WHEN (is_report(OLD.sop_class_uid) OR is_report(NEW.sop_class_uid)) EXECUTE FUNCTION report_under_consents();
CREATE TRIGGER report_left_under_consents AFTER DELETE ON instances FOR EACH ROW WHEN (is_report(OLD.sop_class_uid)) EXECUTE FUNCTION report_under_consents();

-- Rules changed: nobody who settles by those of before is left when the pieces begin.
CREATE FUNCTION release_under_consents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7305431002);
  INSERT INTO release_settlements AS n (facility_id, changed_at) VALUES (NEW.facility_id, clock_timestamp())
  ON CONFLICT (facility_id) DO UPDATE SET changed_at = excluded.changed_at, revision = excluded.revision;
  RETURN NULL;
END $$;
CREATE TRIGGER release_under_consents AFTER INSERT ON release_rules FOR EACH ROW EXECUTE FUNCTION release_under_consents();

-- Settles the studies at this facility of so many persons after that one for whom a consent stands or stood. Gives the last of them; null: it was the last piece.
CREATE FUNCTION settle_release(given bigint, settled_revision uuid, after bigint, most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  persons bigint[] := consenting_persons(given, after, most);
BEGIN
  IF persons = '{}' THEN
    DELETE FROM release_settlements n WHERE n.facility_id = given AND n.revision = settled_revision;
    RETURN NULL;
  END IF;
  PERFORM settle_consents(ARRAY(
    SELECT s.study_id FROM patients p JOIN studies s ON s.patient_no = p.patient_no
    WHERE p.person_id = ANY (persons) AND s.facility_id = given), clock_timestamp());
  RETURN persons[cardinality(persons)];
END $$;

CREATE FUNCTION consenting_persons(at_facility bigint, after bigint, most integer) RETURNS bigint[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(d.person_id ORDER BY d.person_id), '{}') FROM (
    SELECT DISTINCT p.person_id FROM patients p
    WHERE p.facility_id = at_facility AND p.person_id > after
      AND EXISTS (SELECT FROM patients q JOIN consents k ON k.patient_no = q.patient_no WHERE q.person_id = p.person_id)
    ORDER BY p.person_id LIMIT most) d
$$;

-- What these rules would open of so many persons after that one, by the very function that gives the rights; changes nothing.
CREATE FUNCTION release_counts(given bigint, proposed jsonb, after bigint, most integer, at_time timestamptz)
RETURNS TABLE (last bigint, patients_now integer, patients_then integer, studies_now integer, studies_then integer, opened integer, closed integer,
  waiting integer, wider integer, narrower integer) LANGUAGE plpgsql STABLE AS $$
DECLARE
  persons bigint[] := consenting_persons(given, after, most);
BEGIN
  RETURN QUERY
  WITH theirs AS (
    SELECT s.study_id, p.person_id, s.patient_no FROM patients p JOIN studies s ON s.patient_no = p.patient_no
    WHERE p.person_id = ANY (persons) AND s.facility_id = given AND s.number_of_instances > 0
  ), everybody AS MATERIALIZED (
    SELECT array_agg(f.facility_id) AS ids FROM facilities f WHERE f.left_at IS NULL
  ), then_open AS (
    SELECT r.study_id, bool_or(open.yes) AS opens, count(DISTINCT f.id) FILTER (WHERE open.yes) AS reach,
      count(DISTINCT f.id) FILTER (WHERE open.yes AND r.may_take) AS takes
    FROM (SELECT t.person_id, array_agg(t.study_id) AS ids FROM theirs t GROUP BY t.person_id) o
      CROSS JOIN LATERAL consents_standing(o.person_id, at_time) c
      CROSS JOIN LATERAL consent_reaches(c.consent, c.taken_at_facility, o.ids, proposed) r
      CROSS JOIN LATERAL (SELECT r.not_before IS NULL OR r.not_before <= at_time AS yes) open
      CROSS JOIN everybody e CROSS JOIN LATERAL unnest(CASE r.facility_id WHEN 0 THEN e.ids ELSE ARRAY[r.facility_id] END) f(id)
    WHERE (r.not_before IS NULL OR r.not_before < c.until) AND f.id <> ALL (r.not_to)
    GROUP BY r.study_id
  ), now_open AS (
    SELECT a.study_id, count(DISTINCT f.id) AS reach, count(DISTINCT f.id) FILTER (WHERE a.may_take) AS takes
    FROM theirs t JOIN study_access a ON a.study_id = t.study_id CROSS JOIN everybody e
      CROSS JOIN LATERAL unnest(CASE a.facility_id WHEN 0 THEN e.ids ELSE ARRAY[a.facility_id] END) f(id)
    WHERE a.kind = 'consent' AND a.until > at_time AND (a.not_before IS NULL OR a.not_before <= at_time) AND f.id <> ALL (a.not_to)
    GROUP BY a.study_id
  ), told AS (
    SELECT t.patient_no, n.study_id IS NOT NULL AS opens_now, coalesce(d.opens, false) AS opens_then, coalesce(NOT d.opens, false) AS waits,
      n.reach AS reach_now, n.takes AS takes_now, d.reach AS reach_then, d.takes AS takes_then
    FROM theirs t LEFT JOIN then_open d ON d.study_id = t.study_id LEFT JOIN now_open n ON n.study_id = t.study_id
  )
  SELECT persons[cardinality(persons)], (count(DISTINCT t.patient_no) FILTER (WHERE t.opens_now))::integer,
    (count(DISTINCT t.patient_no) FILTER (WHERE t.opens_then))::integer, (count(*) FILTER (WHERE t.opens_now))::integer,
    (count(*) FILTER (WHERE t.opens_then))::integer, (count(*) FILTER (WHERE t.opens_then AND NOT t.opens_now))::integer,
    (count(*) FILTER (WHERE t.opens_now AND NOT t.opens_then))::integer, (count(*) FILTER (WHERE t.waits))::integer,
    (count(*) FILTER (WHERE t.opens_now AND t.opens_then AND (t.reach_then > t.reach_now OR t.takes_then > t.takes_now)))::integer,
    (count(*) FILTER (WHERE t.opens_now AND t.opens_then AND (t.reach_then < t.reach_now OR t.takes_then < t.takes_now)))::integer
  FROM told t;
END $$;
