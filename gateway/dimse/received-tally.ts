import type { FacilityRef } from '../domain/actor.ts';
import type { StudyInstanceUID } from '../domain/identifiers.ts';
import type { ReceiveOutcome } from '../domain/reception.ts';

/** What came in on one association since the summary before. */
export interface ReceivedSummary {
  readonly facility: FacilityRef;
  readonly callingAETitle: string;
  readonly remoteAddress: string;
  readonly studies: readonly {
    readonly studyInstanceUID: StudyInstanceUID;
    readonly stored: number;
    readonly duplicates: number;
    readonly newVersions: number;
  }[];
  /** Instances kept aside; their study is not known. */
  readonly quarantined: number;
}

/** Studies counted before a summary is handed on without waiting for the association to end. */
export const RECEIVED_STUDIES_MAX = 64;
/** Associations may stay open for days: what came in is summed up at least this often. */
export const RECEIVED_SUMMARY_MS = 60_000;

type Counts = { stored: number; duplicates: number; newVersions: number };

/**
 * Counts what one association brings, and hands it on: when the association ends, when there are many studies, and every minute.
 * Summaries are handed on one after the other and their counts are disjoint.
 */
export class ReceivedTally {
  readonly #from: Pick<ReceivedSummary, 'facility' | 'callingAETitle' | 'remoteAddress'>;
  /** Never rejects. */
  readonly #handOn: (summary: ReceivedSummary) => Promise<void>;
  #studies = new Map<StudyInstanceUID, Counts>();
  #quarantined = 0;
  #timer: NodeJS.Timeout | undefined;
  #handedOn: Promise<void> = Promise.resolve();

  constructor(
    from: Pick<ReceivedSummary, 'facility' | 'callingAETitle' | 'remoteAddress'>,
    handOn: (summary: ReceivedSummary) => Promise<void>,
  ) {
    this.#from = from;
    this.#handOn = handOn;
  }

  count(outcome: ReceiveOutcome): void {
    if (outcome.kind === 'quarantined') this.#quarantined += 1;
    else if (outcome.kind === 'stored' || outcome.kind === 'duplicate' || outcome.kind === 'new-version') {
      const counts = this.#studies.get(outcome.studyInstanceUID) ?? { stored: 0, duplicates: 0, newVersions: 0 };
      if (outcome.kind === 'stored') counts.stored += 1;
      else if (outcome.kind === 'duplicate') counts.duplicates += 1;
      else counts.newVersions += 1;
      this.#studies.set(outcome.studyInstanceUID, counts);
    } else return;
    if (this.#studies.size >= RECEIVED_STUDIES_MAX) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), RECEIVED_SUMMARY_MS);
  }

  /** Resolves when everything counted so far has been handed on. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#studies.size === 0 && this.#quarantined === 0) return this.#handedOn;
    const studies = [...this.#studies].map(([studyInstanceUID, counts]) => ({ studyInstanceUID, ...counts }));
    const summary = { ...this.#from, studies, quarantined: this.#quarantined };
    this.#studies = new Map();
    this.#quarantined = 0;
    this.#handedOn = this.#handedOn.then(() => this.#handOn(summary));
    return this.#handedOn;
  }
}
