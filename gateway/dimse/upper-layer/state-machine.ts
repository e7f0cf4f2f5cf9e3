/** The upper layer's states, events and actions: PS3.8 section 9.2, table 9-10. `association.ts` is driven by it and does nothing it does not say. */

/**
 * PS3.8 tables 9-1 to 9-5. 1 idle · 2 connection open, awaiting A-ASSOCIATE-RQ · 3 awaiting local A-ASSOCIATE response ·
 * 4 awaiting connection · 5 awaiting A-ASSOCIATE-AC or -RJ · 6 established · 7 awaiting A-RELEASE-RP ·
 * 8 awaiting local A-RELEASE response · 9 to 12 release collision (requestor 9, 11; acceptor 10, 12) · 13 awaiting close.
 */
export type State = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13;

export type UpperLayerEvent =
  | 'A-ASSOCIATE request'
  | 'transport connected'
  | 'A-ASSOCIATE-AC received'
  | 'A-ASSOCIATE-RJ received'
  | 'transport indication'
  | 'A-ASSOCIATE-RQ received'
  | 'A-ASSOCIATE response accept'
  | 'A-ASSOCIATE response reject'
  | 'P-DATA request'
  | 'P-DATA-TF received'
  | 'A-RELEASE request'
  | 'A-RELEASE-RQ received'
  | 'A-RELEASE-RP received'
  | 'A-RELEASE response'
  | 'A-ABORT request'
  | 'A-ABORT received'
  | 'transport closed'
  | 'ARTIM expired'
  | 'invalid PDU received';

/** PS3.8 tables 9-6 to 9-9 say what each does. */
export type UpperLayerAction =
  | `AE-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}`
  | `DT-${1 | 2}`
  | `AR-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10}`
  | `AA-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}`;

export interface Transition {
  readonly action: UpperLayerAction;
  /** Where the table names two, the action chooses. */
  readonly next: readonly State[];
}

type Row = readonly [event: UpperLayerEvent, states: readonly State[], action: UpperLayerAction, ...next: State[]];

const ROWS: readonly Row[] = [
  ['A-ASSOCIATE request', [1], 'AE-1', 4],
  ['transport connected', [4], 'AE-2', 5],
  ['A-ASSOCIATE-AC received', [2], 'AA-1', 13],
  ['A-ASSOCIATE-AC received', [3, 6, 7, 8, 9, 10, 11, 12], 'AA-8', 13],
  ['A-ASSOCIATE-AC received', [5], 'AE-3', 6],
  ['A-ASSOCIATE-AC received', [13], 'AA-6', 13],
  ['A-ASSOCIATE-RJ received', [2], 'AA-1', 13],
  ['A-ASSOCIATE-RJ received', [3, 6, 7, 8, 9, 10, 11, 12], 'AA-8', 13],
  ['A-ASSOCIATE-RJ received', [5], 'AE-4', 1],
  ['A-ASSOCIATE-RJ received', [13], 'AA-6', 13],
  ['transport indication', [1], 'AE-5', 2],
  ['A-ASSOCIATE-RQ received', [2], 'AE-6', 3, 13],
  ['A-ASSOCIATE-RQ received', [3, 5, 6, 7, 8, 9, 10, 11, 12], 'AA-8', 13],
  ['A-ASSOCIATE-RQ received', [13], 'AA-7', 13],
  ['A-ASSOCIATE response accept', [3], 'AE-7', 6],
  ['A-ASSOCIATE response reject', [3], 'AE-8', 13],
  ['P-DATA request', [6], 'DT-1', 6],
  ['P-DATA request', [8], 'AR-7', 8],
  ['P-DATA-TF received', [2], 'AA-1', 13],
  ['P-DATA-TF received', [3, 5, 8, 9, 10, 11, 12], 'AA-8', 13],
  ['P-DATA-TF received', [6], 'DT-2', 6],
  ['P-DATA-TF received', [7], 'AR-6', 7],
  ['P-DATA-TF received', [13], 'AA-6', 13],
  ['A-RELEASE request', [6], 'AR-1', 7],
  ['A-RELEASE-RQ received', [2], 'AA-1', 13],
  ['A-RELEASE-RQ received', [3, 5, 8, 9, 10, 11, 12], 'AA-8', 13],
  ['A-RELEASE-RQ received', [6], 'AR-2', 8],
  ['A-RELEASE-RQ received', [7], 'AR-8', 9, 10],
  ['A-RELEASE-RQ received', [13], 'AA-6', 13],
  ['A-RELEASE-RP received', [2], 'AA-1', 13],
  ['A-RELEASE-RP received', [3, 5, 6, 8, 9, 12], 'AA-8', 13],
  ['A-RELEASE-RP received', [7, 11], 'AR-3', 1],
  ['A-RELEASE-RP received', [10], 'AR-10', 12],
  ['A-RELEASE-RP received', [13], 'AA-6', 13],
  ['A-RELEASE response', [8, 12], 'AR-4', 13],
  ['A-RELEASE response', [9], 'AR-9', 11],
  ['A-ABORT request', [3, 5, 6, 7, 8, 9, 10, 11, 12], 'AA-1', 13],
  ['A-ABORT request', [4], 'AA-2', 1],
  ['A-ABORT received', [2, 13], 'AA-2', 1],
  ['A-ABORT received', [3, 5, 6, 7, 8, 9, 10, 11, 12], 'AA-3', 1],
  ['transport closed', [2], 'AA-5', 1],
  ['transport closed', [3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 'AA-4', 1],
  ['transport closed', [13], 'AR-5', 1],
  ['ARTIM expired', [2, 13], 'AA-2', 1],
  ['invalid PDU received', [2], 'AA-1', 13],
  ['invalid PDU received', [3, 5, 6, 7, 8, 9, 10, 11, 12], 'AA-8', 13],
  ['invalid PDU received', [13], 'AA-7', 13],
];

const TABLE: ReadonlyMap<UpperLayerEvent, ReadonlyMap<State, Transition>> = byEventAndState(ROWS);

/** Undefined: the table has no such cell; the event cannot happen in this state. */
export function transition(state: State, event: UpperLayerEvent): Transition | undefined {
  return TABLE.get(event)?.get(state);
}

function byEventAndState(rows: readonly Row[]): Map<UpperLayerEvent, Map<State, Transition>> {
  const table = new Map<UpperLayerEvent, Map<State, Transition>>();
  for (const [event, states, action, ...next] of rows) {
    const cells = table.get(event) ?? new Map<State, Transition>();
    for (const state of states) cells.set(state, { action, next });
    table.set(event, cells);
  }
  return table;
}
