import type { FacilityCode } from '../domain/identifiers.ts';
import { BY_COMMAND } from '../domain/record/audit.ts';
import { type FeePackStores, makeFeePack } from '../usecases/fees/fee-pack.ts';
import { verdictOf } from '../usecases/fees/fee-pack-csv.ts';
import type { Command } from './command-line.ts';

/** A month's fee evidence; not `ok` where more is on record than a pack is made of. @throws not-found */
export async function runFeesCommand(
  stores: FeePackStores,
  { facility, month }: Extract<Command, { readonly name: 'fees' }>,
): Promise<{ readonly ok: boolean; readonly answer: Readonly<Record<string, unknown>> }> {
  const by = { who: BY_COMMAND, remoteAddress: 'command line' };
  const pack = await makeFeePack(stores, by, { facility: facility as FacilityCode, month, format: 'fee-pack' });
  const { lines, madeAt, records, ...told } = pack;
  return {
    ok: pack.complete,
    answer: {
      ...told,
      madeAt: madeAt.toISOString(),
      lines: lines.map(({ reasons, rule, counts: _counts, open: _open, patient: _patient, ...line }) => ({
        ...line,
        verdict: verdictOf({ counts: _counts, open: _open }),
        unmet: reasons.flatMap(({ need, met, unsaid }) => (met || unsaid ? [] : [need])),
        unsaid: reasons.flatMap(({ need, unsaid }) => (unsaid ? [need] : [])),
        rule: { from: rule.from, source: rule.source, confirmed: rule.confirmed ?? null },
      })),
      recordsNamed: records.length,
    },
  };
}
