/** A roster as CSV: comma, tab or semicolon; UTF-8 or Shift_JIS; columns by their headers, in Japanese or English. */
import { DomainError } from '../../domain/errors.ts';
import { csvFields } from './csv-record.ts';
import { RosterBuilder, type RosterBytes, type RosterReading } from './roster.ts';
import { type RosterFields, rosterPatient } from './roster-fields.ts';
import { type TextLine, TextLines } from './text-lines.ts';

/** A quoted field may hold line breaks; more of them, and the quote was meant for nothing. */
export const QUOTED_LINES_MAX = 5;
/** Titles of a list may stand above its header. */
const HEADER_LINES_MAX = 20;
const SEPARATORS = [',', '\t', ';'] as const;

type Column = keyof RosterFields | 'family' | 'given' | 'familyKana' | 'givenKana' | 'familyLatin' | 'givenLatin' | 'mobile';

/** Headers without blanks, signs and the patient's own word (患者, patient, 被保険者証). */
const HEADERS: Readonly<Record<Column, string>> = {
  patientID: 'id 番号id 番号 no カルテ番号 カルテno 診察券番号 診察券no 診察番号 コード code mrn chartnumber identifier',
  name: '氏名 名前 漢字氏名 氏名漢字 名 漢字 name fullname',
  family: '姓 氏 苗字 名字 姓漢字 漢字姓 lastname familyname surname',
  given: '名漢字 漢字名 firstname givenname',
  nameKana: 'カナ フリガナ カナ氏名 氏名カナ カナ名 かな氏名 氏名かな 氏名フリガナ フリガナ氏名 カナ名前 kana namekana kananame phonetic',
  familyKana: '姓カナ カナ姓 セイ 姓フリガナ lastnamekana familynamekana',
  givenKana: '名カナ カナ名 メイ 名フリガナ firstnamekana givennamekana',
  nameLatin: 'ローマ字 ローマ字氏名 氏名ローマ字 英字氏名 romaji nameromaji latinname',
  familyLatin: '姓ローマ字 ローマ字姓',
  givenLatin: '名ローマ字 ローマ字名',
  birthDate: '生年月日 誕生日 birthdate dateofbirth birthday dob birth',
  sex: '性別 性 男女 sex gender',
  postalCode: '郵便番号 郵便 zip zipcode postalcode postcode',
  phone: '電話番号 電話 tel 自宅電話 自宅電話番号 phone phonenumber telephone 連絡先',
  mobile: '携帯 携帯電話 携帯電話番号 携帯番号 mobile mobilephone cell',
  insurer: '保険者番号 保険者 insurer insurernumber',
  symbol: '記号 保険証記号 保険記号 symbol insurancesymbol',
  number: '保険証番号 保険番号 被保険者番号 被保険者証番号 被保険者証等番号 insurancenumber insurednumber',
  branch: '枝番 枝番号 保険証枝番 branch branchnumber',
};

export interface RosterAsked {
  /** YYYYMMDD of the region's today. */
  readonly today: string;
}

/** @throws invalid when no line names the patient's number and name (`roster-header-unknown`), or there is no line (`roster-empty`); too-large; unsupported for UTF-16 */
export async function readCsvRoster(bytes: RosterBytes, { today }: RosterAsked): Promise<RosterReading> {
  const lines = new TextLines(bytes);
  const builder = new RosterBuilder();
  for await (const [row, header] of rowsOf(lines, builder)) readRow(row, header, builder, today);
  return builder.reading(lines.charset, lines.count);
}

interface Header {
  readonly separator: string;
  /** By place; undefined: a column that is not read. */
  readonly columns: readonly (Column | undefined)[];
}

interface Row {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Rows below the header, each with it. Faulty lines go to the builder. */
async function* rowsOf(lines: TextLines, builder: RosterBuilder): AsyncGenerator<readonly [Row, Header]> {
  let header: Header | undefined;
  const waiting: TextLine[] = [];
  for await (const line of lines.lines()) {
    if (header !== undefined) {
      waiting.push(line);
      for (const row of settled(waiting, header, builder, false)) yield [row, header];
    } else if (line.text === undefined) builder.fault(line.line, line.fault);
    else {
      header = headerOf(line.text);
      if (header === undefined && line.line >= HEADER_LINES_MAX) break;
    }
  }
  if (header === undefined && lines.count === 0) throw new DomainError('invalid', 'an empty file', { ids: { reason: 'roster-empty' } });
  if (header === undefined) throw new DomainError('invalid', 'roster-header-unknown', { ids: { reason: 'roster-header-unknown' } });
  for (const row of settled(waiting, header, builder, true)) yield [row, header];
}

/** Takes from the lines that wait whatever is a row. One whose quoted field does not end within so many lines is faulty by itself, and those after it are read anew. */
function* settled(waiting: TextLine[], { separator, columns }: Header, builder: RosterBuilder, ended: boolean): Generator<Row> {
  for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
    if (first.text === undefined) {
      builder.fault(first.line, first.fault);
      waiting.shift();
      continue;
    }
    const joined = joinedRow(waiting, separator, columns.length);
    if (joined !== undefined) {
      waiting.splice(0, joined.lines);
      yield { line: first.line, fields: joined.fields };
    } else if (!ended && waiting.length < QUOTED_LINES_MAX && waiting.every(({ text }) => text !== undefined)) return;
    else {
      builder.fault(first.line, 'quote-misplaced');
      waiting.shift();
    }
  }
}

/** The first lines as one row. Of several lines it must have as many columns as the header: a stray quote joins what does not belong together. */
function joinedRow(waiting: readonly TextLine[], separator: string, columns: number): { fields: string[]; lines: number } | undefined {
  let text = '';
  for (const [at, line] of waiting.slice(0, QUOTED_LINES_MAX).entries()) {
    if (line.text === undefined) return undefined;
    text = at === 0 ? line.text : `${text}\n${line.text}`;
    const fields = csvFields(text, separator);
    if (fields !== undefined) return at === 0 || fields.length === columns ? { fields, lines: at + 1 } : undefined;
  }
  return undefined;
}

function headerOf(text: string): Header | undefined {
  for (const separator of SEPARATORS) {
    const columns = columnsOf(csvFields(text, separator) ?? []);
    const has = (...wanted: readonly Column[]) => wanted.some((column) => columns.includes(column));
    if (has('patientID') && has('name', 'nameKana', 'nameLatin', 'family', 'familyKana', 'familyLatin')) return { separator, columns };
  }
  return undefined;
}

function columnsOf(titles: readonly string[]): (Column | undefined)[] {
  const columns: (Column | undefined)[] = [];
  const plain = titles.map(plainTitle);
  const byParts = plain.some((title) => BY_TITLE.get(title) === 'family');
  for (const title of plain) {
    let column = BY_TITLE.get(title);
    // 記号, 番号 are the insurance card's, 姓, 名 the name's parts.
    if (title === '番号' && columns.includes('symbol')) column = 'number';
    if (title === '名') column = byParts ? 'given' : 'name';
    columns.push(column !== undefined && columns.includes(column) ? undefined : column);
  }
  return columns;
}

const BY_TITLE: ReadonlyMap<string, Column> = new Map(
  Object.entries(HEADERS).flatMap(([column, titles]) => titles.split(' ').map((title) => [plainTitle(title), column as Column] as const)),
);

function plainTitle(title: string): string {
  return title
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u3041-\u3096]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60))
    .replace(/[\s_\-・()[\]:.#*]/g, '')
    .replace(/^(患者|patient|被保険者証(?=記号|枝番))/, '');
}

function readRow({ line, fields }: Row, { columns }: Header, builder: RosterBuilder, today: string): void {
  if (fields.every((field) => field.trim() === '')) return;
  const surplus = fields.slice(columns.length).some((field) => field.trim() !== '');
  if (fields.length < columns.length || surplus) {
    builder.fault(line, surplus ? 'columns-surplus' : 'columns-missing');
    return;
  }
  const field = (column: Column) => fields[columns.indexOf(column)] ?? '';
  const whole = (column: Column, family: Column, given: Column) => field(column).trim() || `${field(family)} ${field(given)}`.trim();
  const found = rosterPatient(
    line,
    {
      patientID: field('patientID'),
      name: whole('name', 'family', 'given'),
      nameKana: whole('nameKana', 'familyKana', 'givenKana'),
      nameLatin: whole('nameLatin', 'familyLatin', 'givenLatin'),
      birthDate: field('birthDate'),
      sex: field('sex'),
      postalCode: field('postalCode'),
      phone: field('phone').trim() || field('mobile'),
      insurer: field('insurer'),
      symbol: field('symbol'),
      number: field('number'),
      branch: field('branch'),
    },
    today,
  );
  if (typeof found === 'string') builder.fault(line, found);
  else builder.patient(found);
}
