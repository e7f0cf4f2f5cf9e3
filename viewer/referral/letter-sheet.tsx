import type { ReactNode } from 'react';
import { ageOf, type Letter } from '../../gateway/api/contract/letters.ts';
import { FORM } from './letter-form.ts';

/** 診療情報提供書 as it is printed on A4: the form of 別紙様式11, in Japanese whatever the page speaks, since its reader is a hospital's. */
export function LetterSheet({ letter }: { letter: Letter }) {
  const { content, kind, from, to } = letter;
  const written = (letter.times.send ?? letter.createdAt).slice(0, 10);
  return (
    <article lang="ja" className="@container flex flex-col gap-3 text-[10.5pt] leading-relaxed text-black" data-testid="letter-sheet">
      <h2 className="text-center text-lg font-semibold tracking-widest">{FORM.title[kind]}</h2>
      <div>
        <p className="text-xs">{FORM.to}</p>
        <p className="font-medium">
          {to?.name ?? ''}　{content.toDepartment}
        </p>
        <p>
          {FORM.inCharge}　{content.toDoctor}　{FORM.honorific}
        </p>
      </div>
      <p className="text-right">{inKanji(localDay(letter.times.send ?? letter.createdAt, written))}</p>
      <div className="ml-auto w-3/5 max-sm:w-full">
        <p className="text-xs">{FORM.from}</p>
        <Pair name={FORM.address} value={content.fromAddress} />
        <Pair name={FORM.name} value={`${from.name}　${content.fromDepartment}`} />
        <Pair name={FORM.phone} value={content.fromPhone} />
        <Pair name={FORM.doctor} value={`${content.fromDoctor}　　${FORM.seal}`} />
      </div>
      <Patient content={content} on={written} />
      <div className="border border-black">
        {FORM.texts[kind].map(([name, label]) => (
          <Text key={name} label={label} text={content[name]} />
        ))}
        <Text label={FORM.remarks} text={content.remarks}>
          <Remarks letter={letter} />
        </Text>
      </div>
      {kind === 'referral' ? <Notes /> : null}
    </article>
  );
}

function Notes() {
  return (
    <ol className="list-inside list-decimal text-[8pt] leading-snug">
      {FORM.notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ol>
  );
}

/** The day here of an instant; as the gateway says it where it cannot be read. */
function localDay(instant: string, otherwise: string): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return otherwise;
  return [at.getFullYear(), `${at.getMonth() + 1}`.padStart(2, '0'), `${at.getDate()}`.padStart(2, '0')].join('-');
}

function inKanji(date: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? [];
  if (year === undefined) return '';
  const era = new Intl.DateTimeFormat('ja-JP-u-ca-japanese', { era: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${date}T00:00:00Z`),
  );
  return `${year}年（${era}）${Number(month)}月${Number(day)}日`;
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <p className="flex gap-2">
      <span className="w-16 shrink-0 text-xs leading-6">{name}</span>
      <span className="min-w-0 break-words">{value}</span>
    </p>
  );
}

function Patient({ content, on }: { content: Letter['content']; on: string }) {
  const age = ageOf(content.patientBirthDate, on);
  const birthDate = `${inKanji(content.patientBirthDate)}${age === '' ? '' : `　（${age}歳）`}`;
  return (
    <dl className="grid grid-cols-[6rem_minmax(0,1fr)] border-t border-l border-black @lg:grid-cols-[6rem_minmax(0,2.2fr)_3.5rem_minmax(0,1fr)]">
      <Cell name={FORM.patientName} wide>
        <span className="text-[8pt] leading-tight">{content.patientKana}</span>
        <span>
          {content.patientName}　{FORM.sama}
        </span>
      </Cell>
      <Cell name={FORM.patientAddress}>{content.patientAddress}</Cell>
      <Cell name={FORM.sex}>{FORM.sexOf[content.patientSex]}</Cell>
      <Cell name={FORM.patientPhone} wide>
        {content.patientPhone}
      </Cell>
      <Cell name={FORM.birthDate}>{birthDate}</Cell>
      <Cell name={FORM.occupation}>{content.occupation}</Cell>
      {content.patientID === '' ? null : (
        <Cell name={FORM.patientID} wide>
          {content.patientID}
        </Cell>
      )}
    </dl>
  );
}

/** `wide`: over the whole line, also where the form has two to a line. */
function Cell({ name, wide = false, children }: { name: string; wide?: boolean; children: ReactNode }) {
  const cell = 'flex min-w-0 flex-col justify-center border-r border-b border-black px-2 py-1';
  return (
    <>
      <dt className={`${cell} text-xs`}>{name}</dt>
      <dd className={`${cell} break-words${wide ? ' @lg:col-span-3' : ''}`}>{children}</dd>
    </>
  );
}

function Text({ label, text, children }: { label: string; text: string; children?: ReactNode }) {
  return (
    <div className="flex border-b border-black break-inside-auto last:border-b-0 max-sm:flex-col">
      <h3 className="w-36 shrink-0 border-black px-2 py-1.5 text-xs leading-5 font-normal sm:border-r print:border-r">{label}</h3>
      <div className="min-h-10 min-w-0 flex-1 px-2 py-1.5 break-words whitespace-pre-wrap">
        {text}
        {children}
      </div>
    </div>
  );
}

/** What is with the letter, and what its writer states. */
function Remarks({ letter: { content, studies, files } }: { letter: Letter }) {
  const stated = FORM.marks.filter(([mark]) => content[mark]).map(([, words]) => words);
  return (
    <ul className="text-xs empty:hidden">
      {stated.length === 0 ? null : <li>・{stated.join('、')}</li>}
      {studies.map((study) => (
        <li key={study.studyInstanceUID}>
          ・{FORM.study}　{inDots(study.studyDate)}　{study.modalities.join('・')}　{study.studyDescription}
          {study.keyImages.length === 0 ? '' : `（${FORM.keyImages} ${study.keyImages.length}）`}
        </li>
      ))}
      {files.map((file) => (
        <li key={file.id}>
          ・{FORM.file}　{file.name}
        </li>
      ))}
    </ul>
  );
}

function inDots(da: string): string {
  return /^\d{8}$/.test(da) ? `${da.slice(0, 4)}/${da.slice(4, 6)}/${da.slice(6)}` : '';
}
