import type { z } from 'zod';
import { FRESH_FOR_EXPORT_MINUTES } from '../../auth/fresh.ts';
import type { StudyInstanceUID } from '../../domain/identifiers.ts';
import type { StudyAddress } from '../../domain/imaging/study-address.ts';
import { dayOf, hourOf } from '../../domain/region-days.ts';
import { PROGRAM_VERSION } from '../../doorstep/program-version.ts';
import type { Takes } from '../../doorstep/route.ts';
import { type SeenStudy, seeAgain } from '../../usecases/access/see-study.ts';
import { exportStudies, planExport } from '../../usecases/media/export-studies.ts';
import { exportPlanQuerySchema, exportPlanSchema, exportQuerySchema } from '../contract/studies.ts';
import { addressOf, studyParams } from '../parameters.ts';
import { type ApiPorts, type ApiRoute, type OfStudy, studyRoute } from '../route.ts';

type Seen = SeenStudy<'study.download'>;
type Query = z.output<typeof exportPlanQuerySchema>;

const head = {
  method: 'GET',
  action: 'study.download',
  params: studyParams,
  freshMinutes: FRESH_FOR_EXPORT_MINUTES,
  study: ({ params, query }: { readonly params: z.output<typeof studyParams>; readonly query: Query }) => addressOf(params, query),
} as const;

export const EXPORT_ROUTES: readonly ApiRoute[] = [
  studyRoute({
    ...head,
    path: '/studies/:studyInstanceUID/export-plan',
    summary: 'How much an export of the study, and of others of the same person, would be',
    query: exportPlanQuerySchema,
    answer: exportPlanSchema,
    handle: async (ports: Takes<typeof planExport> & SeeingPorts, { query, ...asked }) => ({
      body: await planExport(ports, await seeAll(ports, asked, query)),
    }),
  }),
  studyRoute({
    ...head,
    path: '/studies/:studyInstanceUID/export',
    summary: 'The study, and others of the same person, as a zip of files with a DICOMDIR (PS3.10)',
    query: exportQuerySchema,
    handle: async (
      ports: Takes<typeof exportStudies> & SeeingPorts & Pick<ApiPorts, 'exports' | 'regionName' | 'timeZone' | 'people'>,
      { query, request: { sending }, ...asked },
    ) => {
      const { actor } = asked;
      const all = await seeAll(ports, asked, query);
      sending.onceOver(ports.exports.enter(actor.userId));
      const facility = actor.facility && (await ports.people.facilityByCode(actor.facility.code));
      const maker = { region: ports.regionName, facility: facility?.name ?? '', program: `Renkei ${PROGRAM_VERSION}` };
      const how = { form: query.form, maker };
      const zip = await exportStudies(ports, actor, all, how, sending.leaving);
      const now = ports.clock.now();
      const name = `renkei-${dayOf(now, ports.timeZone)}-${hourOf(now, ports.timeZone)}.zip`;
      return {
        headers: { 'content-type': 'application/zip', 'content-disposition': `attachment; filename="${name}"` },
        body: undefined,
        file: ports.exports.paced(actor.userId, zip),
      };
    },
  }),
];

type SeeingPorts = Pick<ApiPorts, 'access'>;

/** Each of them is asked for as the first was, and again while the answer goes out; one that is named twice goes out once. */
async function seeAll(
  { access }: SeeingPorts,
  { actor, seen, watch }: OfStudy<'study.download'>,
  { also }: Query,
): Promise<readonly Seen[]> {
  const all = new Map([[seen.study.id, seen]]);
  for (const [studyInstanceUID, of] of also) {
    const address: StudyAddress = addressOf({ studyInstanceUID: studyInstanceUID as StudyInstanceUID }, { of });
    const other = await access.see(actor, 'study.download', address);
    if (all.has(other.study.id)) continue;
    all.set(other.study.id, other);
    watch((again) => seeAgain(access, again, other));
  }
  return [...all.values()];
}
