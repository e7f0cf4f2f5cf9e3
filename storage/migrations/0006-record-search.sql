-- The record is searched by the facility of who did something, and by what did not succeed. Indexes of what was hashed, so that no entry is
-- written anew.

CREATE INDEX audit_facility ON audit ((entry::json #>> '{who,facilityCode}'), seq) WHERE (entry::json #>> '{who,facilityCode}') IS NOT NULL;
COMMENT ON INDEX audit_facility IS 'find.ts by the facility of who did it.';
CREATE INDEX audit_facility_action ON audit ((entry::json #>> '{who,facilityCode}'), action, seq) WHERE (entry::json #>> '{who,facilityCode}') IS NOT NULL;
COMMENT ON INDEX audit_facility_action IS 'find.ts by act and facility: both may be common, and together rare.';
CREATE INDEX audit_outcome ON audit ((entry::json ->> 'outcome'), seq) WHERE (entry::json ->> 'outcome') <> 'success';
COMMENT ON INDEX audit_outcome IS 'find.ts by what was refused or failed.';
