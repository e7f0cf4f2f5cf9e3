-- One saying of a right for all that tell rights: functions of 0010-rights-of-a-page.sql, which say the same as before. For a while that migration was changed in place and
-- made `right_told` itself: whichever of the two a database ran, from here on it has these.

-- A right as `toRights` reads it. Put in place of its call by the planner.
CREATE OR REPLACE FUNCTION right_told(r study_access) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object('kind', r.kind, 'grantId', r.grant_id::text, 'audience', r.audience, 'notBefore', r.not_before, 'until', r.until,
  'mayDownload', r.may_take, 'heldBack', r.held_back, 'heldBackState', r.held_back_state::text);

-- All rights to a study, the first given first.
CREATE OR REPLACE FUNCTION rights_to(given bigint, asking bigint, at_time timestamptz, who text[]) RETURNS json LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN (
    SELECT json_agg(right_told(r) ORDER BY r.granted_at, r.grant_id)
    FROM study_access r WHERE r.study_id = given AND gives(r, asking, at_time, who));
END $$;

-- Of each of these studies that they may see: how many others (99 at most) go by its UID that they may see too, and whether one of those is meant by it
-- before this one (own before given, the first before later ones); the rights to it; and what is counted of it: all series by the study's own
-- counts, or, where each right holds something back, those that are shown. These are complete when each is derived, or has been given up: when the
-- study is complete is not told, since it follows what is held back.
CREATE OR REPLACE FUNCTION studies_told(given bigint[], asking bigint, at_time timestamptz, who text[])
RETURNS TABLE (
  told_id bigint, besides integer, shadowed boolean, rights json, modalities text[], number_of_series integer, number_of_instances integer,
  number_of_images integer, number_of_clips integer, complete_at timestamptz
) LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 50 AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT s.study_id, beside.besides, meant.shadowed, had.rights, shown.*
  FROM studies s CROSS JOIN LATERAL (
    SELECT json_agg(right_told(r) ORDER BY r.granted_at, r.grant_id) AS rights, bool_and(r.held_back <> '{}') AS holds_back,
      CASE WHEN bool_or(r.kind = 'owner') THEN '-infinity' ELSE min(r.granted_at) END AS since, NOT bool_or(r.kind = 'owner') AS of_another
    FROM study_access r WHERE r.study_id = s.study_id AND gives(r, asking, at_time, who)
    HAVING count(*) > 0
  ) had CROSS JOIN LATERAL (
    SELECT count(*)::integer AS besides FROM (
      SELECT DISTINCT o.study_id FROM studies o JOIN study_access b ON b.study_id = o.study_id
      WHERE o.study_instance_uid = s.study_instance_uid AND o.study_id <> s.study_id AND gives(b, asking, at_time, who) LIMIT 99) x
  ) beside CROSS JOIN LATERAL (
    SELECT beside.besides > 0 AND EXISTS (
      SELECT FROM studies o JOIN study_access b ON b.study_id = o.study_id
      WHERE o.study_instance_uid = s.study_instance_uid AND o.study_id <> s.study_id AND gives(b, asking, at_time, who)
        AND (b.kind <> 'owner', CASE b.kind WHEN 'owner' THEN '-infinity' ELSE b.granted_at END, o.study_id)
          < (had.of_another, had.since, s.study_id)) AS shadowed
  ) meant CROSS JOIN LATERAL (
    SELECT s.modalities, s.number_of_series, s.number_of_instances, s.number_of_instances + s.more_images, s.number_of_clips, s.complete_at
    WHERE NOT had.holds_back
    UNION ALL
    SELECT coalesce(array_agg(DISTINCT e.modality ORDER BY e.modality) FILTER (WHERE e.modality <> ''), '{}'), count(*)::integer,
      coalesce(sum(e.number_of_instances), 0)::integer, coalesce(sum(e.number_of_instances + e.more_images), 0)::integer,
      coalesce(sum(e.number_of_clips), 0)::integer,
      CASE WHEN bool_and(e.metadata_revision IS NOT DISTINCT FROM e.revision OR EXISTS (
        SELECT FROM tasks t WHERE t.kind = 'derive-series' AND t.subject = e.series_id::text AND t.failed_at IS NOT NULL)) THEN s.last_received_at END
    FROM series e
    WHERE e.study_id = s.study_id AND e.number_of_instances > 0 AND shows_series(s.study_id, e.series_instance_uid, asking, at_time, who)
    HAVING had.holds_back
  ) shown
  WHERE s.study_id = ANY (given);
END $$;
