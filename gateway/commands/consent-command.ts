import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock } from '../domain/clock.ts';
import { BASIS_KINDS, LAW_GROUNDS, PROXY_RELATIONS } from '../domain/consent/basis-rules.ts';
import type { ConsentIndex } from '../domain/consent/consent-index.ts';
import { DomainError } from '../domain/errors.ts';
import type { PersonId } from '../domain/identifiers.ts';
import type { KeptFileIndex } from '../domain/imaging/kept-file.ts';
import type { ObjectStore } from '../domain/imaging/object-store.ts';
import type { Patient } from '../domain/patients/patient.ts';
import type { LinkIndex } from '../domain/patients/patient-index.ts';
import type { SystemActor } from '../domain/people/actor.ts';
import type { PeopleIndex } from '../domain/people/people-index.ts';
import { endOfDay } from '../domain/region-days.ts';
import { demandMember } from '../usecases/access/demand.ts';
import { keepConsentDocument } from '../usecases/consent/consent-documents.ts';
import { giveConsent } from '../usecases/consent/take-consent.ts';
import type { Command } from './command-line.ts';

export interface ConsentStores {
  readonly consents: Pick<ConsentIndex, 'give' | 'wouldOpen'>;
  readonly links: Pick<LinkIndex, 'patientsOfPerson'>;
  readonly people: Pick<PeopleIndex, 'facilities'>;
  readonly objects: Pick<ObjectStore, 'head' | 'stage'>;
  readonly keptFiles: Pick<KeptFileIndex, 'claim' | 'finish' | 'file'>;
  readonly clock: Clock;
  readonly timeZone: string;
  readonly typedIn: string;
}

/** Whoever gives images out here is another process, which asks the index anew within a second. */
const FORGETS_NOTHING = { forget: () => {} };

/** Puts down what a patient agreed to, in the name of the facility whose patient it is. On record as the command line's. @throws not-found, conflict, invalid */
export async function runConsentCommand(
  stores: ConsentStores,
  command: Extract<Command, { readonly name: 'consent add' }>,
): Promise<Readonly<Record<string, unknown>>> {
  const { links, timeZone, typedIn } = stores;
  const { person, to, form, document, until } = command;
  const patient = oneOf(/^\d{1,15}$/.test(person) ? await links.patientsOfPerson(person as PersonId) : [], command);
  const actor: SystemActor = {
    kind: 'system',
    facility: { id: patient.owner.id, code: patient.owner.code },
    remoteAddress: 'command line',
    through: 'command',
  };
  const facility = demandMember(actor, 'consent.take');
  const kept =
    document === undefined
      ? undefined
      : await keepConsentDocument(stores, { facility, actor }, bytesOf(resolve(typedIn, document)), AbortSignal.timeout(DOCUMENT_MS_MAX));
  const basis = known('basis', BASIS_KINDS, command.basis);
  const relation = command.relation === undefined ? undefined : known('relation', PROXY_RELATIONS, command.relation);
  const ground = command.ground === undefined ? undefined : known('ground', LAW_GROUNDS, command.ground);
  const { consent, studies } = await giveConsent(
    { ...stores, access: FORGETS_NOTHING },
    { facility, actor },
    {
      patient: patient.no,
      to: to === 'region' ? to : to.split(','),
      ...{ exceptFacilities: [], modalities: [], exceptStudies: [], basis, formVersion: form },
      ...(kept === undefined ? {} : { document: kept }),
      ...(relation === undefined ? {} : { relation }),
      ...(ground === undefined ? {} : { ground }),
      ...(until === undefined ? {} : { until: endOfDay(until, timeZone) }),
    },
  );
  return { consent: consent.id, person, facility: facility.code, to, studies, until: consent.until?.toISOString() ?? null };
}

/** A file that does not end in so long is a pipe that nobody writes. */
const DOCUMENT_MS_MAX = 60_000;

/** The patient of the person at that facility, or the only one there is. */
function oneOf(
  patients: readonly Patient[],
  { person, facility }: { readonly person: string; readonly facility?: string | undefined },
): Patient {
  const meant = patients.filter(({ owner }) => facility === undefined || owner.code === facility);
  const [first, another] = meant;
  if (first === undefined)
    throw new DomainError(
      'not-found',
      facility === undefined ? `no person has the number ${person}` : `${facility} has no patient who is ${person}`,
    );
  if (another !== undefined && facility === undefined)
    throw new DomainError(
      'conflict',
      `${person} is a patient of ${meant.map(({ owner }) => owner.code).join(', ')}: say with --facility where it was signed`,
    );
  return first;
}

async function* bytesOf(file: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new DomainError('invalid', `${file} could not be read`, { cause });
  }
}

function known<Code extends string>(option: string, codes: readonly Code[], typed: string): Code {
  const code = codes.find((one) => one === typed);
  if (code === undefined) throw new DomainError('invalid', `--${option} is one of ${codes.join(', ')}`);
  return code;
}
