import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { PeopleIndex } from '../domain/people/people-index.ts';
import { BY_COMMAND } from '../domain/record/audit.ts';
import type { AuditLog } from '../domain/record/audit-log.ts';
import { ANCHOR_CHARS_MAX, parsedAnchor, printedAnchor, type RecordAnchors, type SignedAnchor } from '../domain/record/record-anchor.ts';
import type { RecordProofs } from '../domain/record/record-proof.ts';
import { endOfDay, startOfDay } from '../domain/region-days.ts';
import { reportBreach } from '../usecases/oversight/report-breach.ts';
import { verifyRecord } from '../usecases/record/verify-record.ts';
import type { Command } from './command-line.ts';

export interface AuditStores {
  readonly audit: AuditLog;
  readonly proofs: RecordProofs;
  readonly anchors: RecordAnchors;
  readonly typedIn: string;
  readonly people: PeopleIndex;
  readonly clock: Clock;
  readonly timeZone: string;
}

type AuditCommand = Extract<Command, { readonly name: 'audit verify' | 'audit anchors' | 'audit breach' }>;

/** @throws invalid when what is given is no anchor */
export async function runAuditCommand(
  stores: AuditStores,
  command: AuditCommand,
): Promise<{ readonly ok: boolean; readonly answer: Readonly<Record<string, unknown>> }> {
  if (command.name === 'audit anchors') {
    const { anchors, forged } = await stores.anchors.list();
    return { ok: forged === 0, answer: { anchors: anchors.map(printedAnchor), ...(forged === 0 ? {} : { anchorsForged: forged }) } };
  }
  if (command.name === 'audit breach') return breach(stores, command);
  const given = command.anchor === undefined ? undefined : await anchorGiven(command.anchor, stores.typedIn);
  return verifyAudit(stores, given, command.anew === true);
}

/** @throws not-found */
async function breach(stores: AuditStores, { user, from, to }: Extract<AuditCommand, { readonly name: 'audit breach' }>) {
  const account = await stores.people.credentials(user.toLowerCase());
  if (account === undefined) throw new DomainError('not-found', `no user has the address ${user}`);
  const { report, notices } = await reportBreach(stores, COMMAND_LINE_ACT, {
    userId: account.user.id,
    from: startOfDay(from, stores.timeZone),
    to: endOfDay(to, stores.timeZone),
  });
  const { facilities, addresses, ...told } = report;
  const drafts = [notices.authority, ...notices.facilities].flatMap(({ ja, en }) => [ja, en]);
  const affected = facilities.flatMap(({ code, affected: patients }) => patients.map((patient) => ({ facility: code, ...patient })));
  return {
    ok: report.complete,
    answer: { ...told, addresses, facilities: facilities.map(({ affected: _all, ...sum }) => sum), affected, drafts },
  };
}

const COMMAND_LINE_ACT = { who: BY_COMMAND, remoteAddress: 'command line' } as const;

/** A text that is one, or the file of that name. */
async function anchorGiven(text: string, typedIn: string): Promise<SignedAnchor> {
  const file = await readFile(resolve(typedIn, text.slice(0, ANCHOR_CHARS_MAX)), 'utf8').catch(() => undefined);
  return parsedAnchor(file ?? text);
}

async function verifyAudit(stores: AuditStores, anchor: SignedAnchor | undefined, anew: boolean) {
  const { verdict, checkpoints, ofOtherKeys, forged, anchors, given, resumedFrom } = await verifyRecord(stores, { given: anchor, anew });
  const { entries, ...found } = verdict;
  const doubts = {
    ...(ofOtherKeys === 0 ? {} : { checkpointsOfOtherKeys: ofOtherKeys }),
    ...(forged === 0 ? {} : { checkpointsForged: forged }),
    ...(given === undefined ? {} : { anchor: given }),
  };
  const ok = verdict.intact && forged === 0 && (given === undefined || given === 'compared');
  return {
    ok,
    answer: { ...found, records: entries, checkpoints, anchors, ...(resumedFrom === undefined ? {} : { resumedFrom }), ...doubts },
  };
}
