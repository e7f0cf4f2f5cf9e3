import { describe, expect, it } from 'vitest';
import { type DicomObject, items } from '../api/dicom-json.ts';
import { spacingOf } from './loader/spacing.ts';
import { frameMetadata, isSameImage, openingIndex, type SeriesImage, seriesContent } from './series-images.ts';

const value = (...Value: unknown[]) => ({ Value });
const image = (uid: string, more: DicomObject = {}): DicomObject => ({
  '00080018': value(uid),
  '00280010': value(4),
  '00280011': value(4),
  ...more,
});
const content = (...instances: DicomObject[]) => seriesContent(instances, (uid) => `/i/${uid}`);

describe('seriesContent', () => {
  it('reads in the order of the instance numbers, whatever the order of arrival', () => {
    const { images } = content(
      image('1.3', { '00200013': value(10) }),
      image('1.1', { '00200013': value(9) }),
      image('1.2', { '00200013': value('11') }),
    );
    expect(images.map((one) => one.sopInstanceUID)).toEqual(['1.1', '1.3', '1.2']);
  });

  it('without numbers reads along the normal of the slices', () => {
    const at = (uid: string, z: number) => image(uid, { '00200032': value(0, 0, z), '00200037': value(1, 0, 0, 0, 1, 0) });
    const { images } = content(at('1.1', 30), at('1.2', -5), at('1.3', 10));
    expect(images.map((one) => one.sliceLocationMm)).toEqual([-5, 10, 30]);
  });

  it('lists each frame of a multi-frame instance and how fast to show them', () => {
    const { images, framesPerSecond } = content(image('1.1', { '00280008': value('3'), '00181063': value(40) }));
    expect(images.map((one) => one.frame)).toEqual([1, 2, 3]);
    expect(framesPerSecond).toBe(25);
  });

  it('an enhanced object is read by its dimensions, each frame with its own place', () => {
    const frame = (z: number, index: number) => ({
      '00209111': value({ '00209157': value(index) }),
      '00209113': value({ '00200032': value(0, 0, z) }),
      '00209116': value({ '00200037': value(1, 0, 0, 0, 1, 0) }),
    });
    const { images } = content(
      image('1.1', { '00280008': value(3), '00209222': value({}), '52009230': value(frame(-10, 3), frame(0, 1), frame(-5, 2)) }),
    );
    expect(images.map((one) => [one.frame, one.sliceLocationMm])).toEqual([
      [2, 0],
      [3, -5],
      [1, -10],
    ]);
  });

  it('without numbers and places reads as acquired, not by UID', () => {
    const at = (uid: string, time: string) => image(uid, { '00080032': value(time) });
    const { images } = content(at('1.1', '100003'), at('1.10', '100001'), at('1.2', '100002'));
    expect(images.map((one) => one.sopInstanceUID)).toEqual(['1.10', '1.2', '1.1']);
  });

  it('still pictures are no film', () => {
    expect(content(image('1.1')).framesPerSecond).toBeUndefined();
  });

  it.each([
    ['PDF', { '00080016': value('1.2.840.10008.5.1.4.1.1.104.1'), '00420010': value('紹介状') }, 'pdf', '紹介状'],
    ['report', { '00080016': value('1.2.840.10008.5.1.4.1.1.88.33') }, 'report', ''],
    ['waveform', { '00080016': value('1.2.840.10008.5.1.4.1.1.9.1.1') }, 'waveform', ''],
    ['key objects', { '00080016': value('1.2.840.10008.5.1.4.1.1.88.59') }, 'keyObjects', ''],
    ['presentation state', { '00080016': value('1.2.840.10008.5.1.4.1.1.11.1') }, 'presentation', ''],
    ['structure set', { '00080016': value('1.2.840.10008.5.1.4.1.1.481.3') }, 'structures', ''],
    ['CDA', { '00080016': value('1.2.840.10008.5.1.4.1.1.104.2') }, 'clinical', ''],
    ['STL', { '00080016': value('1.2.840.10008.5.1.4.1.1.104.3') }, 'model', ''],
    ['spectrum', { ...image('1.1'), '00080016': value('1.2.840.10008.5.1.4.1.1.4.2') }, 'spectrum', ''],
    ['no pixels', {}, 'other', ''],
  ])('%s is a document, not a picture', (_name, more, kind, title) => {
    const { images, documents } = content({ '00080018': value('1.1'), ...more });
    expect(images).toEqual([]);
    expect(documents).toEqual([{ sopInstanceUID: '1.1', instanceUrl: '/i/1.1', kind, title }]);
  });

  it('a film in one stream has no frames to fetch', () => {
    expect(content(image('1.1', { '00083002': value('1.2.840.10008.1.2.4.102') })).documents[0]?.kind).toBe('video');
  });

  it('each frame of a clip of unlike times stands for its own', () => {
    const clip = { '00280008': value(3), '00280009': value('00181065'), '00181065': value(0, 50, 150) };
    expect(content(image('1.1', clip)).images.map(({ frame, frameTimeMs }) => [frame, frameTimeMs])).toEqual([
      [1, 50],
      [2, 150],
      [3, 100],
    ]);
    expect(content(image('1.1', { ...clip, '00181065': value(0, 50, 50) })).images[0]?.frameTimeMs).toBeUndefined();
  });

  it('a segmentation is a picture that is said to be one', () => {
    expect(content(image('1.1', { '00080016': value('1.2.840.10008.5.1.4.1.1.66.4') })).images[0]?.derived).toBe('segmentation');
  });

  it('an absurd number of frames is cut at the bound', () => {
    expect(content(image('1.1', { '00280008': value(99_999_999) })).images.length).toBe(20_000);
  });

  it('an instance without UID is left out', () => {
    expect(content({ '00280010': value(4), '00280011': value(4) }).images).toEqual([]);
  });
});

describe('frameMetadata', () => {
  const spacing = (mm: number) => value({ '00280030': value(mm, mm) });
  const position = (z: number) => value({ '00200032': value(0, 0, z) });
  const instance: DicomObject = {
    '00280008': value(2),
    '52009229': value({ '00289110': spacing(0.5), '00209116': value({ '00200037': value(1, 0, 0, 0, 1, 0) }) }),
    '52009230': value({ '00209113': position(1) }, { '00209113': position(2), '00289110': spacing(0.7) }),
  };
  it('lays shared and own groups flat', () => {
    expect(frameMetadata(instance, 1)).toMatchObject({
      '00280030': value(0.5, 0.5),
      '00200037': value(1, 0, 0, 0, 1, 0),
      '00200032': value(0, 0, 1),
    });
  });
  it('the frame’s own group wins, and no frame leaks into another', () => {
    expect(frameMetadata(instance, 2)['00280030']).toEqual(value(0.7, 0.7));
    expect(frameMetadata(instance, 1)['00280030']).toEqual(value(0.5, 0.5));
    expect(frameMetadata(instance, 3)['00200032']).toBeUndefined();
  });
  it('keeps the groups that are the frame’s, and says nothing of other frames', () => {
    expect(frameMetadata(instance, 2)['52009229']).toEqual(instance['52009229']);
    expect(items(frameMetadata(instance, 2), '52009230')).toEqual([{ '00209113': position(2), '00289110': spacing(0.7) }]);
    expect(items(frameMetadata(instance, 3), '52009230')).toEqual([]);
    expect(frameMetadata(instance, 2)['00280008']).toBeUndefined();
  });
  it('what a macro of its own says is found in its macro: the centre of the beam before the detector', () => {
    const sequence = (...Value: DicomObject[]) => ({ vr: 'SQ', Value });
    const xa: DicomObject = {
      '00080060': value('XA'),
      '52009229': sequence({ '00289443': sequence({ '00181164': value(0.3, 0.3) }) }),
      '52009230': sequence({}, { '00189401': sequence({ '00189404': value(0.2, 0.2) }) }),
    };
    expect(spacingOf(frameMetadata(xa, 1))).toMatchObject({ row: 0.3, source: 'detector' });
    expect(spacingOf(frameMetadata(xa, 2))).toMatchObject({ row: 0.2, source: 'beam-centre' });
  });
});

describe('a stack opens', () => {
  const { images } = content(image('1.1', { '00280008': value(3), '00080060': value('US') }), image('1.2'));
  it.each([
    ['with the image that is named', { sopInstanceUID: '1.1', frame: 2 }, 1],
    ['with the first when none is', undefined, 0],
    ['with the first when it is not there', { sopInstanceUID: '1.9', frame: 1 }, 0],
  ])('%s', (_name, opening, expected) => {
    expect(openingIndex(images, opening)).toBe(expected);
  });
});

describe('two readings of a frame are of the same image', () => {
  const table = (InlineBinary?: string) => ({ vr: 'OW', BulkDataURI: '/b/1', ...(InlineBinary === undefined ? {} : { InlineBinary }) });
  const header = (more: DicomObject = {}, frames = 2) =>
    image('1.1', { '00280008': value(frames), '00281053': value('2'), '00283010': value({ '00283006': value(0, 255) }), ...more });
  const first = (instance: DicomObject) => content(instance).images[0] as SeriesImage;
  it.each<[string, DicomObject, DicomObject, boolean]>([
    ['the same', header(), header(), true],
    ['in another order', header(), Object.fromEntries(Object.entries(header()).reverse()), true],
    ['another slope', header(), header({ '00281053': value('3') }), false],
    ['an attribute more', header(), header({ '00280120': value(0) }), false],
    ['an attribute less', header({ '00280120': value(0) }), header(), false],
    ['another entry of a table', header(), header({ '00283010': value({ '00283006': value(0, 254) }) }), false],
    ['a value less', header(), header({ '00283010': value({ '00283006': value(0) }) }), false],
    ['another number of frames', header(), header({}, 3), false],
    ['a table that has been read meanwhile', header({ '00281201': table('AAA=') }), header({ '00281201': table() }), true],
    ['a table at another address', header({ '00281201': table() }), header({ '00281201': { ...table(), BulkDataURI: '/b/2' } }), false],
    [
      'another table in the header',
      header({ '00281201': { InlineBinary: 'AAA=' } }),
      header({ '00281201': { InlineBinary: 'AAE=' } }),
      false,
    ],
  ])('%s', (_name, a, b, same) => {
    expect(isSameImage(first(a), first(b))).toBe(same);
  });
});
