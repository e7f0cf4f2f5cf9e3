/** What a cache was told to be one state of a series' metadata is never another one after a restore, nor in an index made anew. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { wholeStudy } from '../../gateway/domain/imaging/study.ts';
import { metadataRevision } from '../../gateway/usecases/retrieve/retrieve-metadata.ts';
import { openIndex } from '../../storage/index/open.ts';
import { indexBackup } from '../../storage/index/operation/backup.ts';
import { embeddedDriver, instanceOf } from '../fixtures/servers/index-drivers.ts';
import { collect, hospital, index, store, useIndex } from '../fixtures/servers/index-suite.ts';
import { startPostgresServer } from '../fixtures/servers/postgres-server.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

useIndex(embeddedDriver());

test('states of metadata that were given after the backup do not come again with other headers', async () => {
  const first = instanceOf({ facility: hospital });
  const { studyId } = await store(first);
  const study = first.study.studyInstanceUID;
  const stateOf = async (series: string | undefined) =>
    metadataRevision(
      (await index.studies.seriesOf(wholeStudy(studyId))).filter((one) => series === undefined || one.series.seriesInstanceUID === series),
    );
  const backup = indexBackup(index);
  const rows = await collect(backup.dump());
  const given = async (round: number) => {
    // Another instance of the series, and another series: what they hold differs from round to round.
    await store(instanceOf({ facility: hospital, study, instanceNumber: 100 + round }));
    await store(instanceOf({ facility: hospital, study, series: `${study}.9`, instanceNumber: 200 + round }));
    return [await stateOf(undefined), await stateOf(first.series.seriesInstanceUID), await stateOf(`${study}.9`)];
  };
  const states = await given(0);
  for (let round = 1; round <= 2; round += 1) {
    await backup.load(
      (async function* () {
        yield* rows;
      })(),
      { replace: true, beforeCommit: async () => {} },
    );
    states.push(await stateOf(first.series.seriesInstanceUID), ...(await given(round)));
  }
  expect(new Set(states).size).toBe(states.length);
});

test('nor do they come again in an index that was rebuilt from nothing, nor the numbers that the pages are given', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'renkei-rebuilt-'));
  const server = await startPostgresServer();
  try {
    const first = instanceOf({ facility: hospital });
    const given: { state: string; revision: number | undefined }[] = [];
    for (let round = 0; round < 2; round += 1) {
      const rebuilt = await openIndex({ databaseUrl: await server.createDatabase(), dataFolder: folder });
      const { id, code } = await rebuilt.people.createFacility({ ...hospital, code: hospital.code, aeTitles: [] }, UNRECORDED);
      // The same study, one other instance in it.
      const study = first.study.studyInstanceUID;
      const { studyId } = await rebuilt.ingest.finish(undefined, instanceOf({ facility: { ...hospital, id, code }, study }));
      const series = await rebuilt.studies.seriesOf(wholeStudy(studyId));
      given.push({ state: metadataRevision(series), revision: series[0]?.revision });
      await rebuilt.close();
    }
    expect(given[0]?.state).not.toBe(given[1]?.state);
    expect(given[0]?.revision).not.toBe(given[1]?.revision);
  } finally {
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});
