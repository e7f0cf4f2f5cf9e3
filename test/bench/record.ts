/** The whole record verified: entries a second, and how long 20 million take by that. */
import { rm } from 'node:fs/promises';
import type { AuditEntry } from '../../gateway/domain/record/audit.ts';
import { openIndex } from '../../storage/index/open.ts';
import { canonicalEntryText } from '../../storage/index/record/audit.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import type { Bench } from './report.ts';

const RECORDS = 20_000_000;
const SECONDS_GOAL = 300;
const AT_ONCE = 5_000;

/** No peer: the limit is the issue's. `entries`: how many are written and walked. */
export async function record({ entries }: { readonly entries: number }): Promise<Bench> {
  const folder = temporaryFolder('bench-record');
  const index = await openIndex({ dataFolder: folder });
  try {
    for (let n = 0; n < entries; n += AT_ONCE) {
      const at = new Date(Date.UTC(2026, 0, 1) + n * 1_000);
      const texts = Array.from({ length: AT_ONCE }, (_, m) => canonicalEntryText(viewOf(n + m)));
      await index.database.rows({
        text: 'SELECT append_audit($1, $2, $3)',
        values: [texts, texts.map((text) => `{"at":"${at.toISOString()}","entry":${text},"seq":`), texts.map(() => at)],
      });
    }
    const before = process.cpuUsage();
    const started = performance.now();
    const verdict = await index.audit.verify();
    const seconds = (performance.now() - started) / 1_000;
    const cpu = process.cpuUsage(before);
    if (!verdict.intact || verdict.entries !== entries) throw new Error('the record does not fit');
    const expected = (RECORDS / entries) * seconds;
    return {
      title: `A record of ${entries} entries, embedded PostgreSQL`,
      rows: [
        {
          what: '20 million entries verified, from how long these took',
          ours: `${Math.round(entries / seconds)} entries a second, ${expected.toFixed(0)} s (CPU of this process ${((cpu.user + cpu.system) / 1e6).toFixed(1)} s of ${seconds.toFixed(1)} s)`,
          peer: `goal ${SECONDS_GOAL} s`,
          ratio: expected / SECONDS_GOAL,
          goal: { atMost: 1 },
          limit: 'one chain, so one thread: a row of 600 bytes read, taken apart and hashed',
        },
      ],
    };
  } finally {
    await index.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** As the most common entry is. */
function viewOf(n: number): AuditEntry {
  return {
    action: 'study-viewed',
    outcome: 'success',
    who: { kind: 'person', userId: String(n % 900), job: 'physician', through: 'session', facilityCode: 'HOSPITAL' },
    remoteAddress: '10.20.30.40',
    what: {
      ownerFacilityCode: 'HOSPITAL',
      patientID: `P-${n % 135_531}`,
      studyInstanceUID: `1.2.392.200036.9116.2.6.1.48.${n % 2_000_000}`,
      seriesInstanceUID: `1.2.392.200036.9116.2.6.1.48.${n % 2_000_000}.1`,
      count: 120,
      view: `v${n}`,
    },
    right: { kind: 'owner' },
  };
}
