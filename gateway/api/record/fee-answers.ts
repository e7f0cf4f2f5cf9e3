/** A month's fee evidence in the contract's shape. */
import type { FeeRule } from '../../domain/fees/fee-rules.ts';
import type { FeePack as Made, PackLine } from '../../usecases/fees/fee-pack.ts';
import { verdictOf } from '../../usecases/fees/fee-pack-csv.ts';
import type { FeeLine, FeePack } from '../contract/fees.ts';
import type { Names } from './answers.ts';

export function feePackAnswer(pack: Made, names: Names): FeePack {
  const { facility, month, state, madeAt, complete, sent, came, totals, lines, records } = pack;
  const rules = [...new Set(lines.map(({ rule }) => rule))];
  return {
    facility: { code: facility, name: names.facility(facility) ?? facility },
    ...{ month, state, complete, sent, came },
    madeAt: madeAt.toISOString(),
    totals: totals.map((total) => ({ ...total })),
    rules: rules.map(({ code, from, points, source, confirmed }) => ({ code, from, points, source, confirmed: confirmed ?? null })),
    lines: lines.map((line) => lineAnswer(line, rules, names)),
    records: records.map(({ seq, at, action }) => ({ seq, at: at.toISOString(), action })),
  };
}

function lineAnswer(line: PackLine, rules: readonly FeeRule[], names: Names): FeeLine {
  const { code, letterId, kind, patientID, ownerFacilityCode, other, on, points, reasons, rule } = line;
  return {
    ...{ code, letterId, kind, on, points },
    patientID: patientID ?? null,
    patientFacility: ownerFacilityCode === undefined ? null : (names.facility(ownerFacilityCode) ?? ownerFacilityCode),
    other: { code: other, name: names.facility(other) ?? other },
    verdict: verdictOf(line),
    reasons: reasons.map(({ need, met, unsaid, records }) => ({
      need,
      state: met ? 'met' : unsaid ? 'unsaid' : 'unmet',
      records: [...records],
    })),
    rule: rules.indexOf(rule),
  };
}
