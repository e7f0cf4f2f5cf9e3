import { gunzipSync } from 'node:zlib';
import { directoryFile } from '../../dicom/directory/directory-file.ts';
import { needsHeader } from '../../dicom/directory/record-types.ts';
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import type { IndexedInstance } from '../../domain/imaging/study.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { PatientIndex } from '../../domain/patients/patient-index.ts';
import type { Actor } from '../../domain/people/actor.ts';
import type { SeenStudy } from '../access/see-study.ts';
import {
  type Retrieval,
  type RetrievedInstance,
  type RetrievePorts,
  retrieveInstances,
  type SyntaxWish,
} from '../retrieve/retrieve-instances.ts';
import { FileSet } from './file-set.ts';
import { type ExportMaker, indexPage, readMe } from './index-page.ts';
import { type ZipFile, zipStream } from './zip-stream.ts';

/** Instances of one export: of each about half a kilobyte is held until the end, for the directories of the file-set and of the zip. */
export const EXPORT_INSTANCES_MAX = 50_000;

/**
 * `plain`: uncompressed, Explicit VR Little Endian, as IHE PDI (RAD-47, STD-GEN-CD) asks; what is lossy or a film or cannot be decoded stays in the form
 * it has. `stored`: every file as it came.
 */
export type ExportForm = 'plain' | 'stored';
const WISHES: Readonly<Record<ExportForm, readonly SyntaxWish[]>> = { plain: ['default'], stored: ['*'] };

type Seen = SeenStudy<'study.download'>;

export interface ExportPlan {
  readonly studies: number;
  readonly series: number;
  readonly instances: number;
  /** As they are kept. */
  readonly bytes: number;
}

interface PlanPorts {
  readonly studies: Pick<StudyIndex, 'seriesOf' | 'instancesOf'>;
  readonly patients: Pick<PatientIndex, 'patientsOf'>;
}

/** How much it would be. @throws invalid when they are not of one person; too-large; not-found when there is nothing in one of them */
export async function planExport(ports: PlanPorts, all: readonly Seen[]): Promise<ExportPlan> {
  const { series, instances } = await demandSize(ports, all);
  let bytes = 0;
  for (const { part } of all) for await (const { object } of ports.studies.instancesOf(part)) bytes += object.bytes;
  return { studies: all.length, series, instances, bytes };
}

async function demandSize({ studies, patients }: PlanPorts, all: readonly Seen[]): Promise<Pick<ExportPlan, 'series' | 'instances'>> {
  const whose = await patients.patientsOf(all.map(({ study }) => study.id));
  if (new Set(whose.map(({ personId }) => personId)).size > 1)
    throw new DomainError('invalid', 'these studies are of more than one person', { ids: { reason: 'export-several-persons' } });
  let series = 0;
  let instances = 0;
  for (const { part } of all) {
    const found = await studies.seriesOf(part);
    if (found.length === 0) throw new DomainError('not-found', 'there is no such thing here');
    series += found.length;
    instances += found.reduce((sum, { numberOfSeriesRelatedInstances }) => sum + numberOfSeriesRelatedInstances, 0);
  }
  if (instances > EXPORT_INSTANCES_MAX)
    throw new DomainError('too-large', 'more images than one export holds', {
      ids: { reason: 'export-too-large', value: String(EXPORT_INSTANCES_MAX) },
    });
  return { series, instances };
}

export interface ExportPorts extends RetrievePorts {
  readonly studies: RetrievePorts['studies'] & Pick<StudyIndex, 'headersOf'>;
  readonly patients: PlanPorts['patients'];
  readonly clock: Clock;
}

interface Opened {
  readonly seen: Seen;
  readonly retrieval: Retrieval;
}

/**
 * Studies of one person as a zip of a file-set with its DICOMDIR, PS3.10. On record before the first byte goes out, and again when it ends early. One file is
 * read after the other, as they are taken; one that cannot be read ends the zip without its directory. What is held back from the asker is not in it.
 * @throws as `planExport` and `retrieveInstances`
 */
export async function exportStudies(
  ports: ExportPorts,
  actor: Actor,
  all: readonly Seen[],
  { form, maker }: { readonly form: ExportForm; readonly maker: ExportMaker },
  signal: AbortSignal,
): Promise<AsyncGenerator<Uint8Array>> {
  await demandSize(ports, all);
  const own = new AbortController();
  const either = AbortSignal.any([signal, own.signal]);
  const opened: Opened[] = [];
  try {
    for (const seen of all)
      opened.push({ seen, retrieval: await retrieveInstances(ports, actor, { seen, media: true }, WISHES[form], either) });
  } catch (thrown) {
    // Those before are on record, and nothing of them goes out.
    own.abort(thrown);
    throw thrown;
  }
  return untilLeft(zipStream(filesOf(ports, opened, maker), ports.clock.now()), own);
}

/** Whatever is still being read ends when the zip does. */
async function* untilLeft(zip: AsyncGenerator<Uint8Array>, own: AbortController): AsyncGenerator<Uint8Array> {
  let whole = false;
  try {
    yield* zip;
    whole = true;
  } finally {
    if (!whole) own.abort();
  }
}

async function* filesOf(ports: ExportPorts, opened: readonly Opened[], maker: ExportMaker): AsyncGenerator<ZipFile> {
  const set = new FileSet();
  for (const { seen, retrieval } of opened) {
    set.beginStudy(seen.study);
    for await (const instance of retrieval.instances()) yield* fileOf(ports, set, seen, instance);
  }
  const at = ports.clock.now();
  yield { name: 'README.TXT', bytes: readMe(set, maker, at) };
  yield { name: 'INDEX.HTM', bytes: indexPage(set, maker, at) };
  yield { name: 'DICOMDIR', bytes: inTurns(directoryFile(set.roots)) };
}

async function* fileOf({ studies }: ExportPorts, set: FileSet, { part }: Seen, instance: RetrievedInstance): AsyncGenerator<ZipFile> {
  const { indexed } = instance;
  if (set.files >= EXPORT_INSTANCES_MAX) throw new DomainError('too-large', 'more images have come than one export holds');
  if (!set.hasSeries(indexed.seriesId)) {
    const series = await studies.seriesByUID(part, indexed.seriesInstanceUID);
    if (series === undefined) throw new DomainError('not-found', 'there is no such thing here');
    set.addSeries(series);
  }
  const path = set.place(indexed);
  const header = await headerFor(studies, indexed);
  yield { name: path.join('/'), bytes: await instance.open() };
  set.list(path, indexed, instance.transferSyntaxUID, header);
}

/** Where its record says more than the index knows. Undefined too for a header that is too large to be read at once. */
async function headerFor(studies: Pick<StudyIndex, 'headersOf'>, { versionId, instance }: IndexedInstance): Promise<DicomJson | undefined> {
  if (!needsHeader(instance.sopClassUID, instance.numberOfFrames)) return undefined;
  const packed = (await studies.headersOf([versionId])).get(versionId);
  return packed && (JSON.parse(gunzipSync(packed).toString('utf8')) as DicomJson);
}

async function* inTurns(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
