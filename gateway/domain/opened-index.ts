import type { IngestIndex } from './imaging/ingest-index.ts';
import type { NoticeIndex } from './imaging/notice.ts';
import type { StudyIndex } from './imaging/study-index.ts';
import type { DamageIndex } from './operation/damage.ts';
import type { DatabaseClock } from './operation/database-clock.ts';
import type { InstallationIndex } from './operation/installation.ts';
import type { TaskQueue } from './operation/tasks.ts';
import type { WarningIndex } from './operation/warnings.ts';
import type { PeopleIndex } from './people/people-index.ts';
import type { AuditLog } from './record/audit-log.ts';
import type { ShareIndex } from './sharing/share.ts';

/** Every port of the index, as one thing to open and close: for who joins the floors. A use case asks for the ports it uses. */
export interface Index {
  readonly ingest: IngestIndex;
  readonly studies: StudyIndex;
  readonly notices: NoticeIndex;
  readonly people: PeopleIndex;
  readonly shares: ShareIndex;
  readonly audit: AuditLog;
  readonly tasks: TaskQueue;
  readonly installation: InstallationIndex;
  readonly warnings: WarningIndex;
  readonly damage: DamageIndex;
  readonly databaseClock: DatabaseClock;
  /** @throws unavailable */
  probe(): Promise<void>;
  close(): Promise<void>;
}
