import { describe, expect, it } from 'vitest';
import { type State, transition, type UpperLayerEvent } from './state-machine.ts';

/** PS3.8 table 9-10 once more, as the standard prints it: a column a state, Sta1 to Sta13; '-' is an empty cell. */
const TABLE: readonly (readonly [UpperLayerEvent, string])[] = [
  ['A-ASSOCIATE request', 'AE-1>4 - - - - - - - - - - - -'],
  ['transport connected', '- - - AE-2>5 - - - - - - - - -'],
  ['A-ASSOCIATE-AC received', '- AA-1>13 AA-8>13 - AE-3>6 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-6>13'],
  ['A-ASSOCIATE-RJ received', '- AA-1>13 AA-8>13 - AE-4>1 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-6>13'],
  ['transport indication', 'AE-5>2 - - - - - - - - - - - -'],
  ['A-ASSOCIATE-RQ received', '- AE-6>3,13 AA-8>13 - AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-7>13'],
  ['A-ASSOCIATE response accept', '- - AE-7>6 - - - - - - - - - -'],
  ['A-ASSOCIATE response reject', '- - AE-8>13 - - - - - - - - - -'],
  ['P-DATA request', '- - - - - DT-1>6 - AR-7>8 - - - - -'],
  ['P-DATA-TF received', '- AA-1>13 AA-8>13 - AA-8>13 DT-2>6 AR-6>7 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-6>13'],
  ['A-RELEASE request', '- - - - - AR-1>7 - - - - - - -'],
  ['A-RELEASE-RQ received', '- AA-1>13 AA-8>13 - AA-8>13 AR-2>8 AR-8>9,10 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-6>13'],
  ['A-RELEASE-RP received', '- AA-1>13 AA-8>13 - AA-8>13 AA-8>13 AR-3>1 AA-8>13 AA-8>13 AR-10>12 AR-3>1 AA-8>13 AA-6>13'],
  ['A-RELEASE response', '- - - - - - - AR-4>13 AR-9>11 - - AR-4>13 -'],
  ['A-ABORT request', '- - AA-1>13 AA-2>1 AA-1>13 AA-1>13 AA-1>13 AA-1>13 AA-1>13 AA-1>13 AA-1>13 AA-1>13 -'],
  ['A-ABORT received', '- AA-2>1 AA-3>1 - AA-3>1 AA-3>1 AA-3>1 AA-3>1 AA-3>1 AA-3>1 AA-3>1 AA-3>1 AA-2>1'],
  ['transport closed', '- AA-5>1 AA-4>1 AA-4>1 AA-4>1 AA-4>1 AA-4>1 AA-4>1 AA-4>1 AA-4>1 AA-4>1 AA-4>1 AR-5>1'],
  ['ARTIM expired', '- AA-2>1 - - - - - - - - - - AA-2>1'],
  ['invalid PDU received', '- AA-1>13 AA-8>13 - AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-8>13 AA-7>13'],
];

describe('PS3.8 table 9-10', () => {
  it.each(TABLE)('%s', (event, printed) => {
    const cells = printed.split(' ');
    expect(cells).toHaveLength(13);
    cells.forEach((cell, index) => {
      const step = transition((index + 1) as State, event);
      expect(step === undefined ? '-' : `${step.action}>${step.next.join(',')}`, `Sta${index + 1}`).toBe(cell);
    });
  });
});
