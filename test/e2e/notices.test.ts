import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NoticeList } from '../../gateway/api/contract/notices.ts';
import type { RecordEntry } from '../../gateway/api/contract/record.ts';
import { type ApiClient, SMALL_REGION } from '../fixtures/api-client.ts';
import { openVisitor, signIn, type Visitor } from '../fixtures/browser.ts';
import { atTheHospital, type Desk, looksRight, openDesk, personAt, storeStudy } from '../fixtures/desk.ts';
import { ctSeries, type SyntheticInstance } from '../fixtures/dicom/synthetic-series.ts';
import { ADMINISTRATOR } from '../fixtures/gateway-process.ts';
import { say } from '../fixtures/say.ts';

/**
 * The owner is told when the same UID comes with other bytes, and when a header names another patient under a study's UID; who may store says
 * with one click which of the two is right.
 */
const SLICES = 3;
const SEED = 71;
const FINGER_PX = 44;

let desk: Desk;
const studyInstanceUID = seriesOf({}).at(0)?.studyInstanceUID ?? '';

beforeAll(async () => {
  desk = await openDesk('notices');
});

afterAll(() => desk?.close());

function seriesOf(other: Parameters<typeof ctSeries>[0]): SyntheticInstance[] {
  return [...ctSeries({ seed: SEED, size: 64, instances: SLICES, patientName: 'Mori^Hana=森^花=もり^はな', patientID: 'H-1', ...other })];
}

const send = (instances: readonly SyntheticInstance[]) => storeStudy(desk, instances);

const noticesOf = async (client: ApiClient, query = '') => (await client.call<NoticeList>('GET', `/api/notices${query}`)).body.notices;

const unread = ({ page }: Pick<Visitor, 'page'>) => expect.poll(() => page.getByTestId('notices-bell').getAttribute('data-unread'));

describe.each([
  { language: 'ja', size: 'upright tablet', seen: [] },
  { language: 'en', size: 'desktop', seen: ['other-patient', 'new-version'] },
] as const)('$language on a $size', ({ language, size, seen }) => {
  let hospital: Visitor;
  beforeAll(async () => {
    hospital = await personAt(desk, 'hospital', language, size);
  });
  afterAll(() => hospital?.context.close());

  test('the bell has a dot when something happened since, and the page says what, to whom and when', async () => {
    const { page, words } = hospital;
    let other: Page | undefined;
    if (seen.length === 0) {
      await unread(hospital).toBe('false');
      await page.getByTestId('notices-bell').click();
      await page.getByText(words.notices.emptyTitle).waitFor();
      await looksRight(hospital, 'notices-none');

      other = await hospital.context.newPage();
      await other.goto(`${desk.url}/`);
      await unread({ page: other }).toBe('false');
      await page.goto(`${desk.url}/`);
      await send(seriesOf({}));
      await send(seriesOf({ studyDescription: 'CORRECTED' }));
      await send(seriesOf({ studyInstanceUID, seriesNumber: 2, patientName: 'Hayashi^Ren=林^蓮=はやし^れん', patientID: 'H-2' }));
    }
    // By itself, in each tab, over one stream.
    await unread(hospital).toBe('true');
    if (other !== undefined) await unread({ page: other }).toBe('true');
    if (other !== undefined) expect(await (await fetch(`${desk.url}/metrics`)).text()).toMatch(/^renkei_live_streams 1$/m);
    await other?.close();
    const bell = await page.getByTestId('notices-bell').boundingBox();
    if (size !== 'desktop') expect(Math.min(bell?.width ?? 0, bell?.height ?? 0)).toBeGreaterThanOrEqual(FINGER_PX);
    await looksRight(hospital, 'notices-dot');

    await page.getByRole('link', { name: words.notices.bellUnread }).click();
    const changed = page.locator('[data-kind="other-patient"]');
    await changed.waitFor();
    expect(await page.getByTestId('notice').evaluateAll((all) => all.map((one) => one.getAttribute('data-kind')))).toEqual([
      'other-patient',
      'new-version',
    ]);
    const told = await changed.textContent();
    for (const said of [words.notices.otherPatient, words.notices.isNew, '林', 'H-2', '森', 'H-1']) expect(told).toContain(said);
    await page.getByText(say(words.notices.newVersion_other, { count: SLICES })).waitFor();
    await looksRight(hospital, 'notices');

    await unread(hospital).toBe('false');
    // Each of the two leads to itself.
    for (const [which, patientID, of] of [
      [0, 'H-1', null],
      [1, 'H-2', 'HOSPITAL~2'],
    ] as const) {
      await changed.getByRole('link').nth(which).click();
      await expect.poll(() => new URL(page.url()).pathname).toBe(`/studies/${studyInstanceUID}`);
      expect(new URL(page.url()).searchParams.get('of')).toBe(of);
      await page.locator('[data-testid="viewport"][data-state="ready"]').first().waitFor();
      await page.getByText(patientID).first().waitFor();
      await looksRight(hospital, `study-of-two-${patientID}`);
      await page.goto(`${desk.url}/notices`);
      await changed.waitFor();
    }
    await page.goto(`${desk.url}/`);
    await expect.poll(() => page.getByTestId('study-row').count()).toBe(2);
    await page.getByTestId('same-uid').locator('visible=true').first().waitFor();
    await looksRight(hospital, 'studies-of-one-uid');
    await page.goto(`${desk.url}/notices`);
    await changed.waitFor();
    await unread(hospital).toBe('false');
    expect(await page.getByText(words.notices.isNew, { exact: true }).count()).toBe(0);
    expect(hospital.problems()).toEqual([]);
  });
});

describe('which of the two is right', () => {
  test('is one click and a confirmation; the former study leaves the list, and what was decided stays to be read', async () => {
    const visitor = await atTheHospital(desk);
    const { page, words } = visitor;
    await page.goto(`${desk.url}/notices`);
    await page.getByTestId('settle-two-objects').waitFor();
    await page.getByTestId('settle-correction').click();
    await page.getByText(words.notices.correctionPatientBody).waitFor();
    await looksRight(visitor, 'notices-correction');
    await page.getByRole('alertdialog').getByRole('button', { name: words.notices.correction }).click();
    await page.getByTestId('settled').waitFor();
    expect(await page.getByTestId('settled').textContent()).toBe(words.notices.settledCorrection);
    await looksRight(visitor, 'notices-settled');
    await page.goto(`${desk.url}/`);
    await expect.poll(() => page.getByTestId('study-row').count()).toBe(1);
    await page.getByText('H-2').locator('visible=true').first().waitFor();
    expect(await page.getByTestId('same-uid').count()).toBe(0);
    expect(visitor.problems()).toEqual([]);
    await visitor.context.close();
  });
});

describe('who hears what', () => {
  test('a facility that was given the study hears nothing of it, nor does a stranger', async () => {
    const shared = await desk.region.hospital.call('POST', `/api/studies/${studyInstanceUID}/shares`, {
      facilityCode: SMALL_REGION.clinic.code,
      until: new Date(Date.now() + 86_400_000).toISOString(),
    });
    expect(shared.status).toBe(201);
    expect(await noticesOf(desk.region.hospital)).toHaveLength(2);
    expect(await noticesOf(desk.region.clinic, '?studies=true')).toEqual([]);
    expect(await noticesOf(desk.region.stranger, '?studies=true')).toEqual([]);
  });

  test('who belongs to no facility is refused, has no bell, and asks for no list', async () => {
    expect((await desk.region.administrator.call('GET', '/api/notices')).status).toBe(403);
    const visitor = await openVisitor(desk.browser, desk.url, 'ja', 'desktop');
    await signIn(visitor, ADMINISTRATOR.email, ADMINISTRATOR.password);
    await visitor.page.goto(`${desk.url}/notices`);
    await visitor.page.getByText(visitor.words.studies.noFacility).waitFor();
    expect(await visitor.page.getByTestId('notices-bell').count()).toBe(0);
    // A list that is asked for is refused, and that would be on record as an attempt.
    await visitor.page.goto(`${desk.url}/`);
    await visitor.page.getByRole('main').getByRole('link', { name: visitor.words.nav.admin, exact: true }).click();
    await visitor.page.getByRole('button', { name: visitor.words.admin.addFacility }).waitFor();
    expect(visitor.problems()).toEqual([]);
    await visitor.context.close();
  });

  test('no patient is in the answer unless asked for, and then it is on record', async () => {
    const listings = async () => {
      const { entries } = (await desk.region.administrator.call<{ entries: RecordEntry[] }>('GET', '/api/record?limit=200')).body;
      return entries.filter(({ action, about }) => action === 'studies-listed' && about.list === 'notices').length;
    };
    const before = await listings();
    expect((await noticesOf(desk.region.hospital)).map(({ study }) => study)).toEqual([null, null]);
    expect(await listings()).toBe(before);
    expect((await noticesOf(desk.region.hospital, '?studies=true&limit=1')).map(({ study }) => study?.patientID)).toEqual(['H-2']);
    expect(await listings()).toBe(before + 1);
  });

  test.each(['?limit=0', '?limit=201', '?limit=many', '?studies=perhaps'])('%s is refused', async (query) => {
    expect((await desk.region.hospital.call('GET', `/api/notices${query}`)).status).toBe(400);
  });
});
