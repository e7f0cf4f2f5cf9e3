-- A grant may reach the members of the whole region: one row of study_access in place of one a facility (gateway/decisions/index.md). It stands under
-- facility 0, which none is, so that it is one more range of each index that lists walk. A program of before would not find what is given so, and shows no more than is given.

LOCK TABLE facilities, patients, studies, grants, consents, study_access, study_lists IN ACCESS EXCLUSIVE MODE;

ALTER TABLE study_access
  DROP CONSTRAINT study_access_facility_id_fkey,
  -- Facilities that a row of the region is not for: the study's owner, who has a right of its own, and whoever was left out.
  ADD COLUMN not_to bigint[] NOT NULL DEFAULT '{}',
  ADD CONSTRAINT study_access_region_check CHECK ((facility_id = 0) = (audience = 'region') AND (facility_id = 0) = (not_to <> '{}'));
COMMENT ON COLUMN study_access.facility_id IS '0: the whole region, but for not_to. No foreign key: facilities are never deleted, and 0 is none.';
ALTER TABLE study_lists DROP CONSTRAINT study_lists_facility_id_fkey;
COMMENT ON TABLE study_lists IS 'How often what a facility''s lists show has changed, except by time alone: written by lists_changed in each transaction that does. Under 0 what all facilities'' lists show. Read by study-list.ts listRevision.';

CREATE TABLE study_openings (
  study_id bigint NOT NULL REFERENCES studies,
  facility_id bigint NOT NULL REFERENCES facilities,
  opened_at timestamptz NOT NULL,
  PRIMARY KEY (study_id, facility_id)
);
COMMENT ON TABLE study_openings IS 'When somebody of a facility first opened a study that is given to the whole region: study_access has no row of theirs to say it in. Read by study-rows.ts.';
COMMENT ON INDEX study_openings_pkey IS 'study-rows.ts: the studies of a page, and what a facility has not opened.';

CREATE OR REPLACE FUNCTION gives(a study_access, asking bigint, at_time timestamptz, who text[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN a.facility_id IN (asking, 0) AND asking <> ALL (a.not_to) AND a.audience = ANY (who) AND a.listed AND (a.until IS NULL OR a.until > at_time)
  AND (a.not_before IS NULL OR a.not_before <= at_time);

-- After rights to these studies were given: which of them are no longer alone for who asks, and what was opened by a right of a facility's own and is given
-- to the region too. The caller holds the studies' locks.
CREATE FUNCTION rights_given(given bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE study_access a SET alone = false
  WHERE a.study_id = ANY (given) AND a.alone AND a.kind <> 'owner' AND EXISTS (
    SELECT FROM study_access b WHERE b.study_id = a.study_id AND b.grant_id <> a.grant_id
      AND (b.facility_id = a.facility_id OR b.facility_id = 0 OR a.facility_id = 0));
  INSERT INTO study_openings (study_id, facility_id, opened_at)
  SELECT a.study_id, a.facility_id, min(a.opened_at) FROM study_access a JOIN study_access r ON r.study_id = a.study_id AND r.facility_id = 0
  WHERE a.study_id = ANY (given) AND a.kind <> 'owner' AND a.opened_at IS NOT NULL GROUP BY a.study_id, a.facility_id
  ON CONFLICT (study_id, facility_id) DO NOTHING;
END $$;

-- As in 0013-consents.sql, but that who consents to the region gives a row of the region: not_to is whom it is not for, none for a row of a facility.
DROP FUNCTION consent_reaches(consents, bigint, bigint[]);
CREATE FUNCTION consent_reaches(k consents, taken_at_facility bigint, given bigint[])
RETURNS TABLE (study_id bigint, facility_id bigint, not_to bigint[]) LANGUAGE sql STABLE AS $$
  WITH covered AS (
    SELECT s.study_id, s.facility_id AS owner_id
    FROM studies s
    WHERE s.study_id = ANY (given)
      AND (NOT (k).needs_notice OR s.facility_id = taken_at_facility)
      AND s.study_id <> ALL ((k).except_studies)
      AND ((k).modalities = '{}' OR (
        s.modalities <@ ((k).modalities || ARRAY['PR', 'KO', 'SR', 'SEG', 'REG']) AND NOT s.modalities <@ ARRAY['PR', 'KO', 'SR', 'SEG', 'REG']))
      AND (coalesce((k).study_date_from, (k).study_date_to) IS NULL OR (
        s.study_date ~ '^[0-9]{8}$' AND s.study_date >= coalesce((k).study_date_from, '') AND s.study_date <= coalesce((k).study_date_to, '99999999')))
  )
  SELECT c.study_id, 0::bigint, ARRAY(
    SELECT c.owner_id UNION SELECT unnest((k).except_facilities) UNION SELECT f.facility_id FROM facilities f WHERE f.left_at IS NOT NULL ORDER BY 1)
  FROM covered c WHERE (k).to_facilities IS NULL
  UNION ALL
  SELECT c.study_id, f.facility_id, '{}'
  FROM covered c JOIN facilities f ON f.facility_id <> c.owner_id
  WHERE f.facility_id = ANY ((k).to_facilities) AND f.facility_id <> ALL ((k).except_facilities) AND f.left_at IS NULL
$$;

-- `tell`: lists_changed is called here, and not by the caller once it is done.
DROP FUNCTION settle_consents(bigint[], timestamptz);
CREATE FUNCTION settle_consents(given bigint[], at_time timestamptz, tell boolean DEFAULT true) RETURNS void LANGUAGE plpgsql AS $$
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
    SELECT r.study_id, r.facility_id, r.not_to, (c.consent).grant_id AS grant_id, c.until
    FROM of_person o CROSS JOIN LATERAL consents_standing(o.person_id, at_time) c
      CROSS JOIN LATERAL consent_reaches(c.consent, c.taken_at_facility, o.ids) r
  ), gone AS (
    DELETE FROM study_access a WHERE a.study_id = ANY (given) AND a.kind = 'consent'
      AND (a.study_id, a.facility_id, a.grant_id) NOT IN (SELECT d.study_id, d.facility_id, d.grant_id FROM due d)
    RETURNING a.study_id, a.facility_id
  ), come AS (
    INSERT INTO study_access AS a (study_id, facility_id, audience, not_to, kind, grant_id, until, granted_at, study_date, study_time, search_text, modalities,
      listed, opened_at, held_back_state)
    SELECT d.study_id, d.facility_id, CASE d.facility_id WHEN 0 THEN 'region' ELSE 'facility' END, d.not_to, 'consent', d.grant_id, d.until, at_time,
      s.study_date, sortable_time(s.study_time), s.search_text, s.modalities, s.number_of_instances > 0, least(
        (SELECT min(o.opened_at) FROM study_access o WHERE o.study_id = d.study_id AND o.facility_id = d.facility_id),
        (SELECT o.opened_at FROM study_openings o WHERE o.study_id = d.study_id AND o.facility_id = d.facility_id)), (random() * 2 ^ 52)::bigint
    FROM due d JOIN studies s ON s.study_id = d.study_id
    ON CONFLICT (study_id, facility_id, coalesce(grant_id, 0)) DO UPDATE SET until = excluded.until, not_to = excluded.not_to
      WHERE (a.until, a.not_to) IS DISTINCT FROM (excluded.until, excluded.not_to)
    RETURNING a.study_id, a.facility_id
  )
  SELECT array_agg(DISTINCT c.facility_id), array_agg(DISTINCT c.study_id) FILTER (WHERE c.came) INTO changed, came
  FROM (SELECT *, false AS came FROM gone UNION ALL SELECT *, true FROM come) c;
  IF changed IS NULL THEN RETURN; END IF;
  IF came IS NOT NULL THEN PERFORM rights_given(came); END IF;
  IF tell THEN PERFORM lists_changed(changed); END IF;
END $$;

-- As in 0013-consents.sql, but that of a study that came finish_instances tells at its end: else all that came elsewhere meanwhile would wait for it.
CREATE OR REPLACE FUNCTION study_under_consents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  person bigint;
BEGIN
  SELECT p.person_id INTO person FROM patients p WHERE p.patient_no = NEW.patient_no FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM patients p JOIN consents k ON k.patient_no = p.patient_no WHERE p.person_id = person)
    OR (TG_OP = 'UPDATE' AND EXISTS (SELECT FROM study_access a WHERE a.study_id = NEW.study_id AND a.kind = 'consent')) THEN
    PERFORM settle_consents(ARRAY[NEW.study_id], NEW.last_received_at, TG_OP = 'UPDATE');
  END IF;
  RETURN NULL;
END $$;

-- A facility that joins is reached by what the region is given, and nobody has named it yet.
DROP TRIGGER facility_under_consents ON facilities;

INSERT INTO study_openings (study_id, facility_id, opened_at)
SELECT a.study_id, a.facility_id, min(a.opened_at) FROM study_access a JOIN consents k ON k.grant_id = a.grant_id
WHERE a.kind = 'consent' AND k.to_facilities IS NULL AND a.opened_at IS NOT NULL GROUP BY a.study_id, a.facility_id;
SELECT settle_consents(studies_of_persons(ARRAY(
  SELECT DISTINCT p.person_id FROM consents k JOIN patients p ON p.patient_no = k.patient_no WHERE k.to_facilities IS NULL)), clock_timestamp());
