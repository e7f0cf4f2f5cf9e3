/** Opens the index: connects (or starts the embedded server), brings the schema up to date, and hands out the ports. */

import { SEARCHES_AT_ONCE_MAX } from '../../gateway/domain/imaging/query.ts';
import type { Index } from '../../gateway/domain/opened-index.ts';
import { type Log, NO_LOG } from '../../gateway/domain/operation/log.ts';
import { consentIndex } from './consent/consents.ts';
import { postedNoticeIndex } from './consent/posted-notices.ts';
import { releaseIndex } from './consent/release-rules.ts';
import { emergencyIndex } from './emergency/emergencies.ts';
import { ingestIndex, SERIES_QUIET_MS } from './imaging/ingest.ts';
import { noticeIndex } from './imaging/notices.ts';
import { studyIndex } from './imaging/studies.ts';
import { damageIndex } from './operation/damage.ts';
import { databaseClock } from './operation/database-clock.ts';
import { installationIndex } from './operation/installation.ts';
import { keptFileIndex } from './operation/kept-files.ts';
import { taskQueue } from './operation/tasks.ts';
import { warningIndex } from './operation/warnings.ts';
import { linkIndex } from './patients/links.ts';
import { matchIndex } from './patients/matching.ts';
import { patientIndex } from './patients/patients.ts';
import { rosterIndex } from './patients/rosters.ts';
import { mailIndex } from './people/mail.ts';
import { newsIndex } from './people/news.ts';
import { peopleIndex } from './people/people.ts';
import { regionSettingsIndex } from './people/region-settings.ts';
import { rightsIndex } from './people/rights.ts';
import { openEmbedded } from './postgres/embedded.ts';
import { type ConnectionTarget, type Database, openDatabase, SEARCH_TIMEOUT_MS } from './postgres/pool.ts';
import { prepareSchema, warnOfRoleThatMayAlterRecord } from './postgres/roles.ts';
import { auditLog } from './record/audit.ts';
import { auditFeed } from './record/feed.ts';
import { feeRecord } from './record/fees.ts';
import { unusualUseIndex } from './record/unusual.ts';
import { letterIndex } from './referral/letters.ts';
import { shareIndex } from './sharing/shares.ts';

const OWNER_CONNECTIONS_MAX = 2;

export interface OpenIndexOptions {
  /** postgres://user:password@host:port/database, PostgreSQL 15 or later. Unset: an embedded server below `dataFolder`. */
  readonly databaseUrl?: string;
  /** The same database as the schema's owner; unset with `databaseUrl`: that role owns the schema and could change the record. */
  readonly databaseAdminUrl?: string;
  readonly dataFolder: string;
  readonly log?: Log;
  readonly poolMax?: number;
  /** A search that takes longer is given up. Default SEARCH_TIMEOUT_MS. */
  readonly searchMs?: number;
  readonly now?: () => Date;
  /** Derived work of a series is due so long after its last instance. */
  readonly seriesQuietMs?: number;
}

export interface OpenedIndex extends Index {
  /** For benches and tests that look behind the ports. */
  readonly database: Database;
  readonly embedded: boolean;
  readonly schemaVersion: number;
  /** On connections of the schema's owner, closed afterwards: for restoring, which writes what the everyday role may not. */
  asOwner<T>(work: (database: Database) => Promise<T>): Promise<T>;
}

/** @throws unavailable; conflict when the schema is newer than this program */
export async function openIndex(options: OpenIndexOptions): Promise<OpenedIndex> {
  const log = options.log ?? NO_LOG;
  const now = options.now ?? (() => new Date());
  const server = options.databaseUrl === undefined ? await openEmbedded(options.dataFolder, log) : undefined;
  const target = server?.target() ?? { connectionString: options.databaseUrl as string };
  const owner = (): ConnectionTarget | undefined =>
    server?.owner() ?? (options.databaseAdminUrl === undefined ? undefined : { connectionString: options.databaseAdminUrl });

  const pools: Database[] = [];
  const close = async () => {
    await Promise.all(pools.map(({ pool }) => pool.end()));
    await server?.close();
  };
  try {
    const schemaVersion = await prepareSchema(target, owner(), log);
    const opened = openDatabase(target, log, options.poolMax);
    // Searches have connections of their own: however long they take, everything else finds one.
    const searches = openDatabase(target, log, SEARCHES_AT_ONCE_MAX, options.searchMs ?? SEARCH_TIMEOUT_MS);
    pools.push(opened, searches);
    await warnOfRoleThatMayAlterRecord(opened, log);
    server?.onMoved((moved) => {
      for (const { pool } of pools) Object.assign(pool.options, moved);
    });
    const clock = databaseClock(server === undefined ? opened : undefined, now);
    await clock.compare();
    const { dated, shared } = clock;
    let closed: Promise<void> | undefined;
    return {
      ...actPorts(opened, dated),
      ingest: ingestIndex(opened, dated, options.seriesQuietMs),
      studies: studyIndex(opened, searches),
      notices: noticeIndex(opened, { now, dated }, options.seriesQuietMs ?? SERIES_QUIET_MS),
      news: newsIndex(opened),
      patients: patientIndex(opened),
      matching: matchIndex(opened),
      auditFeed: auditFeed(opened),
      feeRecord: feeRecord(opened),
      tasks: taskQueue(opened),
      warnings: warningIndex(opened, shared),
      damage: damageIndex(opened, now),
      databaseClock: clock,
      database: opened,
      embedded: server !== undefined,
      schemaVersion,
      async asOwner(work) {
        const asOwner = openDatabase(owner() ?? target, log, OWNER_CONNECTIONS_MAX);
        try {
          return await work(asOwner);
        } finally {
          await asOwner.pool.end();
        }
      },
      probe: async () => void (await opened.rows({ text: 'SELECT 1' })),
      close() {
        closed ??= close();
        return closed;
      },
    };
  } catch (thrown) {
    await close().catch(() => {});
    throw thrown;
  }
}

/** The ports whose acts bear the database's time, and need nothing else. */
function actPorts(
  db: Database,
  now: () => Date,
): Pick<
  OpenedIndex,
  | 'people'
  | 'mail'
  | 'region'
  | 'links'
  | 'rosters'
  | 'shares'
  | 'letters'
  | 'emergencies'
  | 'rights'
  | 'consents'
  | 'postedNotices'
  | 'releases'
  | 'keptFiles'
  | 'audit'
  | 'unusual'
  | 'installation'
> {
  return {
    people: peopleIndex(db, now),
    mail: mailIndex(db, now),
    region: regionSettingsIndex(db, now),
    links: linkIndex(db, now),
    rosters: rosterIndex(db, now),
    shares: shareIndex(db, now),
    emergencies: emergencyIndex(db, now),
    letters: letterIndex(db, now),
    rights: rightsIndex(db, now),
    consents: consentIndex(db, now),
    postedNotices: postedNoticeIndex(db, now),
    releases: releaseIndex(db, now),
    keptFiles: keptFileIndex(db, now),
    audit: auditLog(db, now),
    unusual: unusualUseIndex(db, now),
    installation: installationIndex(db, now),
  };
}
