/** What the table of rights is made of, as plain values: a page that only names them does not load the schemas. Nothing is imported here but `domain`. */
export { JOBS } from '../../domain/people/actor.ts';
export { FACILITY_KINDS, type FacilityKind, KINDS_A_FACILITY_MAX } from '../../domain/people/facility-kind.ts';
export { ACTS, type Act, SCOPES_OF, type Scope } from '../../domain/sharing/job-rights.ts';
