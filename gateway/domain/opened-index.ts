import type { ConsentIndex, PostedNoticeIndex, ReleaseIndex } from './consent/consent-index.ts';
import type { EmergencyIndex } from './emergency/emergency-index.ts';
import type { FeeRecord } from './fees/fee-record.ts';
import type { IngestIndex } from './imaging/ingest-index.ts';
import type { KeptFileIndex } from './imaging/kept-file.ts';
import type { NoticeIndex } from './imaging/notice.ts';
import type { StudyIndex } from './imaging/study-index.ts';
import type { DamageIndex } from './operation/damage.ts';
import type { DatabaseClock } from './operation/database-clock.ts';
import type { InstallationIndex } from './operation/installation.ts';
import type { TaskQueue } from './operation/tasks.ts';
import type { WarningIndex } from './operation/warnings.ts';
import type { LinkIndex, MatchIndex, PatientIndex } from './patients/patient-index.ts';
import type { RosterIndex } from './patients/roster-import.ts';
import type { MailIndex } from './people/mail.ts';
import type { NewsIndex } from './people/news.ts';
import type { PeopleIndex } from './people/people-index.ts';
import type { RegionSettingsIndex } from './people/region-settings.ts';
import type { AuditFeed } from './record/audit-feed.ts';
import type { AuditLog } from './record/audit-log.ts';
import type { UnusualUseIndex } from './record/unusual-index.ts';
import type { LetterIndex } from './referral/letter.ts';
import type { RightsIndex } from './sharing/rights-index.ts';
import type { ShareIndex } from './sharing/share.ts';

/** Every port of the index, as one thing to open and close: for who joins the floors. A use case asks for the ports it uses. */
export interface Index {
  readonly ingest: IngestIndex;
  readonly studies: StudyIndex;
  readonly notices: NoticeIndex;
  readonly news: NewsIndex;
  readonly mail: MailIndex;
  readonly people: PeopleIndex;
  readonly region: RegionSettingsIndex;
  readonly patients: PatientIndex;
  readonly links: LinkIndex;
  readonly matching: MatchIndex;
  readonly rosters: RosterIndex;
  readonly shares: ShareIndex;
  readonly emergencies: EmergencyIndex;
  readonly letters: LetterIndex;
  readonly rights: RightsIndex;
  readonly consents: ConsentIndex;
  readonly postedNotices: PostedNoticeIndex;
  readonly releases: ReleaseIndex;
  readonly keptFiles: KeptFileIndex;
  readonly audit: AuditLog;
  readonly feeRecord: FeeRecord;
  readonly auditFeed: AuditFeed;
  readonly unusual: UnusualUseIndex;
  readonly tasks: TaskQueue;
  readonly installation: InstallationIndex;
  readonly warnings: WarningIndex;
  readonly damage: DamageIndex;
  readonly databaseClock: DatabaseClock;
  /** @throws unavailable */
  probe(): Promise<void>;
  close(): Promise<void>;
}
