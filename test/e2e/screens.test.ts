import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../fixtures/api-client.ts';
import { openVisitor, SIZES, type Size, signIn, type Visitor } from '../fixtures/browser.ts';
import { type Desk, openDesk, SOON_DERIVED } from '../fixtures/desk.ts';
import { ADMINISTRATOR } from '../fixtures/gateway-process.ts';
import { faultsOn } from '../fixtures/screens.ts';
import { OFFICE, PERSON, PHONE, prepareStations, type Station } from '../fixtures/stations.ts';

/**
 * Every page and dialog, in both languages, on each screen that people touch: nothing scrolls sideways, is cut off or lies on something else, no
 * target is smaller than a finger, the toolbar is one row, and nobody is shut out (axe). Screens with a mouse: `words.test.ts`.
 */
const SCREENS = ['tablet', 'upright tablet', 'phone'] as const satisfies readonly Size[];
const PEOPLE = {
  nobody: undefined,
  'the radiographer': { email: SMALL_REGION.hospital.email, password: SMALL_REGION_PASSWORD, stations: PERSON },
  'the administrator': { ...ADMINISTRATOR, stations: OFFICE },
} as const;

/** One walk through all stations, on a machine that does other things too. */
const WALK_MS_MAX = 400_000;

let desk: Desk;
let studyInstanceUID: string;

beforeAll(async () => {
  desk = await openDesk('screens', SOON_DERIVED);
  studyInstanceUID = await prepareStations(desk);
});

afterAll(() => desk?.close());

describe.each(['ja', 'en'] as const)('%s', (language) => {
  test.each(Object.keys(PEOPLE) as (keyof typeof PEOPLE)[])('every screen of %s', { timeout: WALK_MS_MAX }, async (who) => {
    const visitor = await openVisitor(desk.browser, desk.url, language, SCREENS[0]);
    const person = PEOPLE[who];
    const faults: string[] = [];
    if (person === undefined) {
      await visitor.page.goto(`${desk.url}/sign-in`);
      await visitor.page.getByRole('button', { name: visitor.words.signIn.submit, exact: true }).waitFor();
      faults.push(...(await faultsOn(visitor, 'sign-in', SCREENS)));
    } else {
      await signIn(visitor, person.email, person.password);
      faults.push(...(await walk(visitor, person.stations, SCREENS)));
      if (person.stations === PERSON) faults.push(...(await walk(visitor, PHONE, ['phone'])));
    }
    expect(faults).toEqual([]);
    await visitor.context.close();
  });
});

/** Each station is opened once, on the first of the screens, and then seen on all of them, as a tablet is turned. */
async function walk(visitor: Visitor, stations: readonly Station[], sizes: readonly Size[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { name, open } of stations) {
    await visitor.page.setViewportSize(SIZES[sizes[0] as Size]);
    await open(visitor, studyInstanceUID);
    faults.push(...(await faultsOn(visitor, name, sizes)));
  }
  return faults;
}
