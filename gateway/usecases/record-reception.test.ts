import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../domain/audit.ts';
import type { ReceiveOutcome, ReceiveRequest } from '../domain/reception.ts';
import { createReceptionRecorder } from './record-reception.ts';

const facility = { id: '1', code: 'H1', name: 'Hospital' } as unknown as ReceiveRequest['facility'];
const stored = {
  kind: 'stored',
  studyInstanceUID: '1.2.3',
  sopInstanceUID: '1.2.3.4',
  sopClassUID: '1.2',
  warnings: [],
} as unknown as ReceiveOutcome;

function setUp() {
  const entries: AuditEntry[] = [];
  const audit = { append: async (more: readonly AuditEntry[]) => void entries.push(...more) };
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  return { entries, recorder: createReceptionRecorder({ audit, log }) };
}

describe('createReceptionRecorder', () => {
  it('says who sent a study with their job, once, with how many instances', async () => {
    const { entries, recorder } = setUp();
    const source = { door: 'upload', userId: '7', job: 'radiographer', remoteAddress: '127.0.0.1' } as const;
    for (let at = 0; at < 3; at++) recorder.note({ facility, source }, stored);
    await recorder.flush();
    expect(entries).toMatchObject([
      {
        action: 'study-received',
        who: { kind: 'person', userId: '7', job: 'radiographer', facilityCode: 'H1', through: 'upload' },
        what: { ownerFacilityCode: 'H1', studyInstanceUID: '1.2.3', count: 3 },
      },
    ]);
  });

  it.each([
    ['a duplicate', { ...stored, kind: 'duplicate' }, []],
    ['what was no DICOM', { kind: 'skipped', reason: 'not-dicom' }, []],
    ['what was put aside', { kind: 'quarantined', reason: 'empty' }, ['instance-quarantined']],
    ['a new version', { ...stored, kind: 'new-version' }, ['instance-new-version']],
  ])('%s', async (_name, outcome, actions) => {
    const { entries, recorder } = setUp();
    recorder.note({ facility, source: { door: 'dimse', callingAETitle: 'CT1' } }, outcome as ReceiveOutcome);
    await recorder.flush();
    expect(entries.map(({ action }) => action)).toEqual(actions);
    for (const { who } of entries) expect(who).toEqual({ kind: 'system', facilityCode: 'H1', through: 'dimse', aeTitle: 'CT1' });
  });

  it('is flushed only when also what another write holds is on record', async () => {
    const ends: (() => void)[] = [];
    const audit = { append: () => new Promise<void>((resolve) => ends.push(resolve)) };
    const recorder = createReceptionRecorder({ audit, log: { info: () => {}, warn: () => {}, error: () => {} } });
    recorder.note({ facility, source: { door: 'dimse', callingAETitle: 'CT1' } }, stored);
    const first = recorder.flush();
    while (ends.length === 0) await Promise.resolve();
    const order: string[] = [];
    const second = recorder.flush().then(() => order.push('second'));
    await new Promise((resolve) => setImmediate(resolve));
    order.push('written');
    ends[0]?.();
    await Promise.all([first, second]);
    expect(order).toEqual(['written', 'second']);
  });

  it('writes again what the record did not take', async () => {
    const taken: AuditEntry[] = [];
    let down = true;
    const append = async (entries: readonly AuditEntry[]) => {
      if (down) throw new Error('record is down');
      taken.push(...entries);
    };
    const recorder = createReceptionRecorder({ audit: { append }, log: { info: () => {}, warn: () => {}, error: () => {} } });
    recorder.note({ facility, source: { door: 'dimse', callingAETitle: 'CT1' } }, stored);
    await expect(recorder.flush()).rejects.toThrow('record is down');
    down = false;
    await recorder.stop();
    expect(taken).toMatchObject([{ action: 'study-received', what: { count: 1 } }]);
  });
});
