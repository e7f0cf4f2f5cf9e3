// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { say } from '../../../test/fixtures/say.ts';
import { seriesOf, studyDetailOf } from '../../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, showPart } from '../../../test/fixtures/viewer/show-part.tsx';
import { type CellState, EMPTY_CELL } from '../../imaging/port.ts';
import { type SeriesDocument, seriesContent } from '../../imaging/series-images.ts';
import { type Stack, stacksOf } from '../stacks.ts';
import { DocumentCard, DocumentsBeside } from './document-card.tsx';
import { StackSlider } from './stack-slider.tsx';
import { ViewportOverlay } from './viewport-overlay.tsx';

const SERIES = seriesOf();
const STUDY = studyDetailOf([SERIES]);
const stackOf = (series = SERIES): Stack => stacksOf([series])[0] as Stack;
const [STACK] = stacksOf([SERIES]) as [Stack];
const READY: CellState = {
  ...EMPTY_CELL,
  phase: 'ready',
  index: 4,
  count: 100,
  loaded: 100,
  window: { center: 40.4, width: 399.6 },
  zoom: [1.5, 1.5],
};

/** The image of an axial slice of `patientID`, at z = 12.34 mm. */
function imageOf(patientID: string, more: object = {}) {
  const instance = {
    '00080018': { Value: ['2.25.1.1.1'] },
    '00100010': { Value: [{ Ideographic: '鈴木^一郎' }] },
    '00100020': { Value: [patientID] },
    '00280010': { Value: [64] },
    '00280011': { Value: [64] },
    '00180050': { Value: [5] },
    '00200032': { Value: [0, 0, 12.34] },
    '00200037': { Value: [1, 0, 0, 0, 1, 0] },
    ...more,
  };
  return seriesContent([instance], () => '/x').images[0];
}

describe.each(LANGUAGES)('%s', (language) => {
  describe('what stands on a picture', () => {
    const open = (patientID: string, state: CellState = READY, preview = false, more = {}) =>
      showPart(
        <ViewportOverlay
          study={STUDY}
          series={STACK}
          image={imageOf(patientID, more)}
          state={state}
          preview={preview}
          onOverlays={onOverlays}
          onOverlayRetry={onOverlayRetry}
        />,
        { language },
      );
    const onOverlays = vi.fn();
    const onOverlayRetry = vi.fn();

    it.each([true, false])('the file draws over it, shown: %s', async (shown) => {
      const { user, words } = await open(STUDY.patientID, { ...READY, overlay: { names: ['Object Graphics'], shown } });
      const button = screen.getByTestId('overlay-switch');
      expect(button.textContent).toBe(`${shown ? words.study.overlay : words.study.overlayHidden} Object Graphics`);
      expect(button.getAttribute('aria-pressed')).toBe(String(shown));
      await user.click(button);
      expect(onOverlays).toHaveBeenLastCalledWith(!shown);
    });
    it.each(['coming', 'not-read', 'invalid', 'too-large', 'not-drawn'] as const)(
      'what the file draws over it is missing: %s',
      async (overlayFault) => {
        onOverlayRetry.mockReset();
        const { user, words } = await open(STUDY.patientID, { ...READY, overlayFault });
        expect(screen.getByTestId('overlay-fault').textContent).toContain(words.study.overlayFault[overlayFault]);
        const retry = screen.queryByRole('button', { name: words.app.retry });
        expect(retry === null).toBe(overlayFault !== 'not-read');
        if (retry !== null) await user.click(retry);
        expect(onOverlayRetry).toHaveBeenCalledTimes(retry === null ? 0 : 1);
      },
    );
    it('the file draws nothing over it: there is no switch', async () => {
      await open(STUDY.patientID);
      expect(screen.queryByTestId('overlay-switch')).toBeNull();
      expect(screen.queryByTestId('overlay-fault')).toBeNull();
    });
    it('the patient is the one of the image, and another than the study’s is said aloud', async () => {
      const { words } = await open('999');
      expect(screen.getByTestId('overlay-top-left').textContent).toContain('鈴木 一郎');
      expect(screen.getByRole('alert').textContent).toBe(words.study.otherPatient);
    });
    it('the same patient: nothing is said', async () => {
      await open(STUDY.patientID);
      expect(screen.queryByRole('alert')).toBeNull();
    });
    it('where in the stack and in the patient, with units', async () => {
      const { words } = await open(STUDY.patientID);
      expect(screen.getByTestId('image-number').textContent).toContain(say(words.study.imageOf, { index: 5, count: 100 }));
      const corner = screen.getByTestId('overlay-bottom-left').textContent;
      expect(corner).toContain(`${words.study.sliceLocation} 12.3 mm`);
      expect(corner).toContain(`${words.study.thickness} 5.0 mm`);
      expect(screen.getByTestId('window').textContent).toBe('W 400 L 40');
      expect(screen.getByTestId('zoom').textContent).toContain('1.50×');
    });
    it.each([
      ['a preview', READY, true, 'preview'],
      ['a picture on its way', { ...READY, phase: 'loading' }, false, 'loading'],
      ['a picture at full fidelity', READY, false, undefined],
    ] as const)('%s', async (_name, state, preview, key) => {
      const { words } = await open(STUDY.patientID, state, preview);
      expect(screen.getByRole('status').textContent).toBe(key === undefined ? '' : words.study[key]);
    });
    it('loss by compression is said', async () => {
      const { words } = await open(STUDY.patientID, READY, false, { '00282110': { Value: ['01'] } });
      expect(screen.getByText(words.study.lossy)).toBeTruthy();
    });
    it('letters stand at the edges that have one', async () => {
      await open(STUDY.patientID, { ...READY, edges: { top: 'A', bottom: 'P', left: 'R', right: '' } });
      for (const letter of ['A', 'P', 'R']) expect(screen.getByText(letter)).toBeTruthy();
    });
  });

  describe('in place of a picture', () => {
    const document = (kind: SeriesDocument['kind'], uid = '2', title = ''): SeriesDocument => ({
      sopInstanceUID: uid,
      instanceUrl: `/dicom-web/${uid}`,
      kind,
      title,
    });
    it.each([
      'pdf',
      'clinical',
      'model',
      'report',
      'keyObjects',
      'presentation',
      'structures',
      'plan',
      'registration',
      'video',
      'waveform',
      'spectrum',
      'other',
    ] as const)('%s: says what it is; only a PDF is opened', async (kind) => {
      const { words } = await showPart(
        <DocumentCard mayDownload series={stackOf(seriesOf({ seriesDescription: '' }))} documents={[document(kind)]} />,
        {
          language,
        },
      );
      expect(document0().textContent).toContain(words.study.document[kind]);
      const link = screen.queryByRole('link', { name: words.study.documentOpen });
      expect(link?.getAttribute('href')).toBe(kind === 'pdf' ? '/dicom-web/2/rendered' : undefined);
      expect(screen.queryByTestId('video')?.getAttribute('src')).toBe(kind === 'video' ? '/dicom-web/2/rendered' : undefined);
    });
    const document0 = () => screen.getByTestId('document-card');
    it('each of several documents is reached, and opened', async () => {
      const documents = [document('pdf', '2', '紹介状'), document('report', '3'), document('pdf', '4', '返書')];
      const { user, words } = await showPart(<DocumentCard mayDownload series={stackOf()} documents={documents} />, { language });
      expect(document0().textContent).toContain(say(words.study.documentCount_other, { count: 3 }));
      expect(document0().textContent).not.toContain(say(words.studies.images_other, { count: 100 }));
      await user.tab();
      await user.tab();
      await user.tab();
      await user.tab();
      await user.keyboard('{Enter}');
      expect(screen.getByRole('link', { name: words.study.documentOpen }).getAttribute('href')).toBe('/dicom-web/4/rendered');
      expect(screen.getAllByText('返書').length).toBe(2);
    });
    it('a video that the browser cannot play is saved instead', async () => {
      const { words } = await showPart(<DocumentCard mayDownload series={stackOf()} documents={[document('video')]} />, { language });
      fireEvent.error(screen.getByTestId('video'));
      expect(screen.getByRole('alert').textContent).toBe(words.study.videoUnplayable);
      expect(screen.getByRole('link', { name: words.study.videoSave }).getAttribute('href')).toBe('/dicom-web/2/rendered');
    });
    it('a video that was given for viewing only is not saved, and why is said', async () => {
      const { words } = await showPart(<DocumentCard mayDownload={false} series={stackOf()} documents={[document('video')]} />, {
        language,
      });
      fireEvent.error(screen.getByTestId('video'));
      expect(screen.queryByRole('link')).toBeNull();
      expect(screen.getByText(words.study.noDownload)).toBeTruthy();
    });
    it('documents beside pictures are one press away, and back', async () => {
      const { user, words } = await showPart(<DocumentsBeside mayDownload series={stackOf()} documents={[document('pdf')]} />, {
        language,
      });
      await user.click(screen.getByRole('button', { name: say(words.study.documentCount_one, { count: 1 }) }));
      expect(screen.getByRole('link', { name: words.study.documentOpen }).getAttribute('href')).toBe('/dicom-web/2/rendered');
      await user.click(screen.getByRole('button', { name: words.study.documentBack }));
      expect(screen.queryByTestId('document-card')).toBeNull();
    });
    it('a series that has nothing says so', async () => {
      const { words } = await showPart(<DocumentCard mayDownload series={stackOf()} documents={[]} />, { language });
      expect(screen.getByText(words.study.noImages)).toBeTruthy();
    });
  });

  it.each([
    [true, 0],
    [false, -1],
  ])('the slider of a cell that is active: %s', async (active, tabIndex) => {
    await showPart(<StackSlider active={active} index={0} count={2} loaded={2} onChange={() => undefined} />, { language });
    expect(screen.getByRole('slider').tabIndex).toBe(tabIndex);
  });

  it('the slider says where one is and leads elsewhere', async () => {
    const onChange = vi.fn();
    const { words } = await showPart(<StackSlider active index={4} count={100} loaded={50} onChange={onChange} />, { language });
    const slider = screen.getByRole('slider', { name: words.study.slider });
    expect(slider.getAttribute('aria-valuetext')).toBe(say(words.study.imageOf, { index: 5, count: 100 }));
    fireEvent.change(slider, { target: { value: '12' } });
    expect(onChange).toHaveBeenCalledWith(11);
    expect(screen.getByTestId('loaded').style.height).toBe('50%');
  });
});
