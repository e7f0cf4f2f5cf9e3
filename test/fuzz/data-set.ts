import { dataSetBytes, type Element, elementBytes, elementsOf, itemHeader, UNDEFINED_LENGTH } from '../fixtures/dicom/elements.ts';
import type { SeededRandom } from '../fixtures/seeded-random.ts';
import { mutated, pick } from './bytes.ts';

const VRS = ['AE', 'AS', 'AT', 'CS', 'DA', 'DS', 'DT', 'FD', 'FL', 'IS', 'LO', 'LT', 'OB', 'OW', 'PN', 'SH', 'SL', 'SQ', 'SS', 'ST'].concat(
  ['TM', 'UC', 'UI', 'UL', 'UN', 'UR', 'US', 'UT', 'SV', 'UV', 'ZZ', '\0\0', '  '],
);
const NESTED_MAX = 200;

/** Texts that stand where numbers, dates, identifiers and names are wanted. */
const TEXTS = [
  '1e308',
  '-1',
  'NaN',
  '1e400',
  '99999999999999999999',
  '4294967295',
  '2147483648',
  '65536',
  '0',
  '',
  ' ',
  '\\',
  '\\\\\\\\',
].concat(
  ['1\\2\\3', '../../etc', '1.2.', '1..2', '0.00', '20269999', '20260102-', '\u0000', '\u001b$B', '\u001b(J\\^', '^^^^', '====', 'a=b=c=d'],
  [
    'ISO 2022 IR 87',
    '\\ISO 2022 IR 87',
    'GB18030',
    'ISO_IR 999',
    `${'9'.repeat(64)}`,
    'x'.repeat(300),
    '<script>',
    "'; --",
    '％',
    '\ufffd',
  ],
);

/** What sizes, places, names and numbers an image. */
const KNOWN: readonly [number, string][] = [
  [0x00080005, 'CS'],
  [0x00080016, 'UI'],
  [0x00080018, 'UI'],
  [0x00080020, 'DA'],
  [0x00080030, 'TM'],
  [0x00080060, 'CS'],
  [0x00100010, 'PN'],
  [0x00100020, 'LO'],
  [0x00100030, 'DA'],
  [0x0020000d, 'UI'],
  [0x0020000e, 'UI'],
  [0x00200013, 'IS'],
  [0x00280002, 'US'],
  [0x00280004, 'CS'],
  [0x00280006, 'US'],
  [0x00280008, 'IS'],
  [0x00280010, 'US'],
  [0x00280011, 'US'],
  [0x00280100, 'US'],
  [0x00280101, 'US'],
  [0x00280102, 'US'],
  [0x00280103, 'US'],
  [0x00281050, 'DS'],
  [0x00281051, 'DS'],
  [0x00281052, 'DS'],
  [0x00281053, 'DS'],
  [0x00281101, 'US'],
  [0x00281201, 'OW'],
  [0x00283002, 'US'],
  [0x00283006, 'OW'],
  [0x60003000, 'OW'],
  [0x7fe00001, 'OV'],
  [0x7fe00002, 'OV'],
  [0x00000000, 'UL'],
  [0x00000010, 'ZZ'],
  [0x0008114a, 'SQ'],
  [0x00400275, 'SQ'],
  [0x52009229, 'SQ'],
  [0x52009230, 'SQ'],
  [0x00090010, 'LO'],
  [0x00091001, 'UN'],
  [0xfffee000, '\0\0'],
  [0xfffee0dd, '\0\0'],
];

function oddValue(random: SeededRandom): Buffer {
  const kind = random.below(4);
  if (kind === 0) return Buffer.from(pick(random, TEXTS), 'utf8');
  if (kind === 1) return mutated(random, Buffer.from(pick(random, TEXTS).padEnd(8, '1'), 'latin1'));
  const bytes = Buffer.alloc(pick(random, [0, 1, 2, 3, 4, 6, 8, 16, 255, 4096]), pick(random, [0, 0xff, 0x5c, 0x20]));
  return kind === 2 ? bytes : mutated(random, Buffer.concat([bytes, Buffer.from([1, 0, 2, 0])]));
}

function oddElement(random: SeededRandom): Element {
  const [tag, vr] = pick(random, KNOWN);
  return { tag, vr: random.below(3) === 0 ? pick(random, VRS) : vr, value: oddValue(random) };
}

/** A sequence within a sequence within …, open or of told lengths. */
function nested(random: SeededRandom, inside: Buffer): Element {
  const open = random.below(2) === 0;
  let value = inside;
  for (let depth = 1 + random.below(random.below(8) === 0 ? NESTED_MAX : 6); depth > 0; depth -= 1) {
    const item = Buffer.concat([
      itemHeader(0xe000, open ? UNDEFINED_LENGTH : value.length),
      value,
      open ? itemHeader(0xe00d, 0) : Buffer.alloc(0),
    ]);
    if (depth === 1) value = item;
    else
      value = elementBytes({
        tag: 0x00400275,
        vr: 'SQ',
        value: open ? Buffer.concat([item, itemHeader(0xe0dd, 0)]) : item,
        ...(open ? { length: UNDEFINED_LENGTH } : {}),
      });
  }
  return {
    tag: 0x0040a730,
    vr: 'SQ',
    value: open ? Buffer.concat([value, itemHeader(0xe0dd, 0)]) : value,
    ...(open ? { length: UNDEFINED_LENGTH } : {}),
  };
}

type Change = (random: SeededRandom, elements: Element[], at: number) => void;

const CHANGES: readonly Change[] = [
  function otherValue(random, elements, at) {
    const { tag, vr } = elements[at] as Element;
    elements[at] = { tag, vr, value: oddValue(random) };
  },
  function otherVR(random, elements, at) {
    elements[at] = { ...(elements[at] as Element), vr: pick(random, VRS) };
  },
  function otherLength(random, elements, at) {
    const one = elements[at] as Element;
    elements[at] = {
      ...one,
      length: pick(random, [0, 1, one.value.length + 1, one.value.length + 2, 0xfffe, 0xffff, 0x7ffffffe, UNDEFINED_LENGTH]),
    };
  },
  function otherTag(random, elements, at) {
    elements[at] = { ...(elements[at] as Element), tag: pick(random, KNOWN)[0] };
  },
  function twice(_random, elements, at) {
    elements.splice(at, 0, elements[at] as Element);
  },
  function away(_random, elements, at) {
    elements.splice(at, 1);
  },
  function elsewhere(random, elements, at) {
    const [one] = elements.splice(at, 1);
    if (one !== undefined) elements.splice(random.below(elements.length + 1), 0, one);
  },
  function added(random, elements, at) {
    elements.splice(at, 0, oddElement(random));
  },
  function addedFirst(random, elements) {
    elements.unshift(oddElement(random));
  },
  function within(random, elements, at) {
    const inside = dataSetBytes([elements[at] as Element, oddElement(random)]);
    elements.splice(at, 0, nested(random, inside));
  },
];

/** A data set of which one to four elements are not what they should be; its pixels are kept as they are, mostly. */
export function oddDataSet(random: SeededRandom, dataSet: Buffer): Buffer {
  const elements = elementsOf(dataSet);
  for (let times = 1 + random.below(4); times > 0 && elements.length > 0; times -= 1)
    pick(random, CHANGES)(random, elements, random.below(elements.length));
  return dataSetBytes(elements);
}
