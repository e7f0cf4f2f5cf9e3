/**
 * What the people of a job may do at a kind of facility: the region's one table. `access.ts` asks it of everybody who is not a machine; here stand what it
 * says at first, and within what a region may change it.
 */
import type { Job } from '../people/actor.ts';
import { JOBS } from '../people/actor.ts';
import { FACILITY_KINDS, type FacilityKind } from '../people/facility-kind.ts';

/** `own`: with what is the facility's own. `all`: also with what it was given. */
export type Scope = 'none' | 'own' | 'all';

/** Columns of the table, and what may stand in each, the least first. */
export const SCOPES_OF = {
  list: ['none', 'all'],
  view: ['none', 'own', 'all'],
  download: ['none', 'own', 'all'],
  store: ['none', 'own'],
  give: ['none', 'own'],
  disclosures: ['none', 'own'],
  settle: ['none', 'own'],
  /** To open others’ images without their word; what it opens is looked at by this too. */
  emergency: ['none', 'all'],
  /** To say whether somebody was right to open the facility’s so. */
  review: ['none', 'own'],
  roster: ['none', 'own'],
  documents: ['none', 'all'],
  refer: ['none', 'own'],
} as const satisfies Record<string, readonly Scope[]>;
export type Act = keyof typeof SCOPES_OF;
export const ACTS = Object.keys(SCOPES_OF) as readonly Act[];

/** What one may only do who may do the other, with what they may do it with: nobody gives what they do not have. */
export const NEEDS: { readonly [A in Act]?: Act } = {
  view: 'list',
  download: 'view',
  give: 'view',
  disclosures: 'list',
  settle: 'list',
  emergency: 'list',
  review: 'disclosures',
  refer: 'documents',
};

/** What somebody may do: a cell each of the row that is theirs, what it needs taken into account. */
export type JobRights = Readonly<Record<Act, Scope>>;

/** What a region says otherwise than the table does at first. */
export type RegionRights = { readonly [J in Job]?: { readonly [K in FacilityKind]?: { readonly [A in Act]?: Scope } } };

interface Where {
  /** Absent: at each. */
  readonly kinds?: readonly FacilityKind[];
  /** Absent: each. */
  readonly jobs?: readonly Job[];
}

interface DefaultRow extends Where, Partial<JobRights> {}

const NOTHING: JobRights = {
  list: 'none',
  view: 'none',
  download: 'none',
  store: 'none',
  give: 'none',
  disclosures: 'none',
  settle: 'none',
  emergency: 'none',
  review: 'none',
  roster: 'none',
  documents: 'none',
  refer: 'none',
};
const GIVING: readonly Job[] = ['physician', 'dentist', 'radiographer', 'clerk', 'administrator'];
const REVIEWING: readonly Job[] = ['physician', 'dentist', 'administrator'];
/** Who writes letters, and who sends them for those. */
const REFERRING: readonly Job[] = ['physician', 'dentist', 'nurse', 'clerk'];
const NOT_TREATING: readonly Job[] = ['clerk', 'administrator'];
/** Where others' images are looked at and none are made. */
const LOOKING: readonly FacilityKind[] = ['pharmacy', 'visiting-nursing'];
/** Where somebody is brought who cannot be asked. */
const EMERGENCY_CARE: readonly FacilityKind[] = ['hospital', 'clinic'];
const OFFICE: readonly FacilityKind[] = ['secretariat'];

/** What holds as long as the region says nothing: of each act, the last row that speaks of it. */
const DEFAULTS: readonly DefaultRow[] = [
  { list: 'all', view: 'all', download: 'all', store: 'own', disclosures: 'own', settle: 'own' },
  { documents: 'all' },
  { jobs: GIVING, give: 'own' },
  { jobs: REVIEWING, review: 'own' },
  { jobs: ['physician'], kinds: EMERGENCY_CARE, emergency: 'all' },
  { jobs: NOT_TREATING, roster: 'own' },
  { jobs: REFERRING, refer: 'own' },
  { jobs: ['administrator'], documents: 'none' },
  { kinds: LOOKING, download: 'none', give: 'none', review: 'none', refer: 'none' },
  { kinds: LOOKING, jobs: NOT_TREATING, view: 'none', documents: 'none' },
  { kinds: OFFICE, ...NOTHING },
];

const NO_DOCTORS: readonly Job[] = JOBS.filter((job) => job !== 'physician' && job !== 'dentist');

/** Why a cell cannot be changed further. The page has a sentence for each. */
export const BOUND_REASONS = [
  'office-sees-none',
  'makes-no-images',
  'office-work-only',
  'treats',
  'makes-the-images',
  'emergency-is-for-doctors',
] as const;
export type BoundReason = (typeof BOUND_REASONS)[number];

export interface Bound extends Where {
  readonly acts: readonly Act[];
  readonly least?: Scope;
  readonly most?: Scope;
  readonly why: BoundReason;
}

/** Within what a region may say otherwise. Nobody but administrators administers: that is no cell. */
export const BOUNDS: readonly Bound[] = [
  { kinds: OFFICE, acts: ACTS, most: 'none', why: 'office-sees-none' },
  { kinds: LOOKING, acts: ['give', 'review'], most: 'none', why: 'makes-no-images' },
  { kinds: LOOKING, jobs: NOT_TREATING, acts: ['view', 'download'], most: 'none', why: 'office-work-only' },
  { kinds: without([...LOOKING, ...OFFICE]), jobs: ['physician', 'dentist'], acts: ['list', 'documents'], least: 'all', why: 'treats' },
  { kinds: without([...LOOKING, ...OFFICE]), jobs: ['physician', 'dentist'], acts: ['view'], least: 'own', why: 'treats' },
  { kinds: without([...LOOKING, ...OFFICE]), jobs: ['radiographer'], acts: ['list'], least: 'all', why: 'makes-the-images' },
  { kinds: without([...LOOKING, ...OFFICE]), jobs: ['radiographer'], acts: ['view', 'store'], least: 'own', why: 'makes-the-images' },
  { kinds: without([...EMERGENCY_CARE, ...OFFICE]), acts: ['emergency'], most: 'none', why: 'emergency-is-for-doctors' },
  { kinds: EMERGENCY_CARE, jobs: NO_DOCTORS, acts: ['emergency'], most: 'none', why: 'emergency-is-for-doctors' },
];

function without(kinds: readonly FacilityKind[]): readonly FacilityKind[] {
  return FACILITY_KINDS.filter((kind) => !kinds.includes(kind));
}

function isAt({ kinds, jobs }: Where, kind: FacilityKind, job: Job): boolean {
  return (kinds?.includes(kind) ?? true) && (jobs?.includes(job) ?? true);
}

/** The most that may be done is the rightmost. */
const ORDER: readonly Scope[] = ['none', 'own', 'all'];

function lesser(a: Scope, b: Scope): Scope {
  return ORDER.indexOf(a) <= ORDER.indexOf(b) ? a : b;
}

/** What the table says at first, before what it needs is taken into account. */
export function defaultScope(kind: FacilityKind, job: Job, act: Act): Scope {
  return DEFAULTS.findLast((row) => row[act] !== undefined && isAt(row, kind, job))?.[act] ?? 'none';
}

/** What may stand in a cell; `why` where that is not everything. */
export function boundOf(kind: FacilityKind, job: Job, act: Act): { readonly scopes: readonly Scope[]; readonly why?: BoundReason } {
  const bounds = BOUNDS.filter((bound) => bound.acts.includes(act) && isAt(bound, kind, job));
  const scopes = SCOPES_OF[act].filter((scope) =>
    bounds.every(({ least = 'none', most = 'all' }) => lesser(least, scope) === least && lesser(scope, most) === scope),
  );
  const [first] = bounds;
  return { scopes, ...(first === undefined ? {} : { why: first.why }) };
}

/** What stands in a cell: what the region says where it may say so, otherwise what held at first. */
export function cellOf(region: RegionRights, kind: FacilityKind, job: Job, act: Act): Scope {
  const said = region[job]?.[kind]?.[act];
  return said !== undefined && boundOf(kind, job, act).scopes.includes(said) ? said : defaultScope(kind, job, act);
}

/** What people of that job may do at such a facility. */
export function rightsOf(region: RegionRights, kind: FacilityKind, job: Job): JobRights {
  const of = (act: Act): Scope => {
    const needed = NEEDS[act];
    const said = cellOf(region, kind, job, act);
    return needed === undefined ? said : lesser(said, of(needed));
  };
  return Object.fromEntries(ACTS.map((act) => [act, of(act)])) as JobRights;
}

/** Who belongs to no facility, or is not known. */
export const NO_RIGHTS = NOTHING;

export interface Cell {
  readonly kind: FacilityKind;
  readonly job: Job;
  readonly act: Act;
  readonly scope: Scope;
}

/** Every cell, as the region has it. */
export function cellsOf(region: RegionRights): readonly Cell[] {
  return JOBS.flatMap((job) =>
    FACILITY_KINDS.flatMap((kind) => ACTS.map((act) => ({ kind, job, act, scope: cellOf(region, kind, job, act) }))),
  );
}

/** What the region says with these cells in place of its own. What is as at first is not kept. */
export function withCells(region: RegionRights, changes: readonly Cell[]): RegionRights {
  const named = (cell: Omit<Cell, 'scope'>) => `${cell.job} ${cell.kind} ${cell.act}`;
  const scopes = new Map(cellsOf(region).map((cell) => [named(cell), cell]));
  for (const cell of changes) scopes.set(named(cell), cell);
  const kept = new Map<Job, Map<FacilityKind, Record<string, Scope>>>();
  for (const { kind, job, act, scope } of scopes.values()) {
    if (scope === defaultScope(kind, job, act)) continue;
    const ofJob = kept.get(job) ?? new Map<FacilityKind, Record<string, Scope>>();
    kept.set(job, ofJob.set(kind, { ...ofJob.get(kind), [act]: scope }));
  }
  return Object.fromEntries([...kept].map(([job, ofJob]) => [job, Object.fromEntries(ofJob)]));
}

/** The first cell that the region may not have so; undefined when it may. */
export function outOfBounds(changes: readonly Cell[]): { readonly cell: Cell; readonly why: BoundReason | undefined } | undefined {
  for (const cell of changes) {
    const { scopes, why } = boundOf(cell.kind, cell.job, cell.act);
    if (!scopes.includes(cell.scope)) return { cell, why };
  }
  return undefined;
}
