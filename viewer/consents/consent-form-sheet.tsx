import type { ReactNode } from 'react';
import type { PatientSummary } from '../../gateway/api/contract/patients.ts';
import { QrCode } from '../design/qr-code.tsx';
import { eraYear, formatDA, parseDA } from '../i18n/dates.ts';
import { displayName } from '../patient/name-groups.ts';
import { CONSENT_FORM_VERSION, formText, FORM_LABELS as L } from './form-text.ts';
import { RubyText } from './signing/ruby-text.tsx';

interface Props {
  patient: PatientSummary;
  /** As the region is called; empty: nobody has said. */
  region: string;
  /** Of the patient's page: with no word of the patient in it. */
  address: string;
  /** YYYYMMDD */
  today: string;
  codeLabel: string;
}

/** One side of A4, for a patient of eighty: large letters, short sentences, boxes to tick. In Japanese always. */
export function ConsentFormSheet({ patient, region, address, today, codeLabel }: Props) {
  const name = region === '' ? L.unnamedRegion : region;
  const facility = patient.owner.name;
  const text = formText(name, facility);
  return (
    <article lang="ja" className="text-[11.5pt] leading-[1.5] text-black" data-testid="consent-form">
      <header className="flex items-start gap-4">
        <div className="min-w-0 flex-1">
          <p className="text-[10.5pt]">
            {name}　{facility}
          </p>
          <h2 className="mt-1 text-[16pt] leading-[1.5] font-bold">
            <RubyText text={text.title} />
          </h2>
        </div>
        <figure className="shrink-0 text-center">
          <QrCode text={address} label={codeLabel} className="size-[22mm]" />
          <figcaption className="text-[7.5pt] leading-tight">{L.code}</figcaption>
        </figure>
      </header>
      <Who patient={patient} />
      <p className="mt-2">
        <RubyText text={text.intro} />
      </p>
      {text.sections.map(({ title, lines }) => (
        <section key={title} className="mt-2">
          <h3 className="font-bold">
            <RubyText text={title} />
          </h3>
          <ul className="list-disc pl-[1.4em]">
            {lines.map((line) => (
              <li key={line} className="[word-break:auto-phrase]">
                <RubyText text={line} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      <Scope region={name} />
      <Signatures />
      <footer className="mt-3 flex justify-between text-[8.5pt]">
        <span>
          {L.version} {CONSENT_FORM_VERSION}
        </span>
        <span>
          {L.printed} {formatDA(today, 'ja')}
        </span>
      </footer>
    </article>
  );
}

function Who({ patient: { patientName, patientBirthDate, patientID } }: Pick<Props, 'patient'>) {
  const { primary, secondary } = displayName(patientName);
  return (
    <p className="mt-2 flex flex-wrap gap-x-6 border-y border-black py-1.5">
      <span>
        {L.ofPatient}　<span className="text-[14pt] font-bold">{primary}</span> 様
        {secondary[0] === undefined ? null : <Small>{secondary[0]}</Small>}
      </span>
      <span>
        {L.birthDate}　{birthDay(patientBirthDate)}
      </span>
      <span>
        {L.patientID}　{patientID}
      </span>
    </p>
  );
}

const Small = ({ children }: { children: ReactNode }) => <span className="ml-2 text-[9.5pt]">{children}</span>;

const ERAS: Readonly<Record<string, string>> = { M: '明治', T: '大正', S: '昭和', H: '平成', R: '令和' };

/** As it is written on forms: 昭和37年5月14日（1962年）. */
function birthDay(da: string): string {
  const day = parseDA(da);
  if (day === undefined) return da;
  const [, letter = '', year = ''] = /^([A-Z])(\d+)$/.exec(eraYear(da, 'ja')) ?? [];
  const era = ERAS[letter];
  if (era === undefined) return `${day.year}年${day.month}月${day.day}日`;
  return `${era}${year === '1' ? '元' : year}年${day.month}月${day.day}日（${day.year}年）`;
}

/** A box to tick. */
function Box({ children }: { children: ReactNode }) {
  return (
    <span className="mr-5 inline-flex items-baseline gap-1.5">
      <span aria-hidden className="inline-block size-[1.05em] translate-y-[0.15em] border border-black" />
      <span>{children}</span>
    </span>
  );
}

const Blank = () => <span aria-hidden className="inline-block min-w-[38mm] flex-1 border-b border-black" />;

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[24mm_minmax(0,1fr)] border-b border-black py-1 last:border-b-0">
      <dt className="font-bold">{label}</dt>
      <dd className="flex flex-col">{children}</dd>
    </div>
  );
}

const Line = ({ children }: { children: ReactNode }) => <span className="flex flex-wrap items-baseline">{children}</span>;

function Scope({ region }: { region: string }) {
  return (
    <dl className="mt-3 border border-black px-3">
      <Row label={L.whom}>
        <Box>{L.region(region)}</Box>
        <Line>
          <Box>{L.only}</Box>
          <Blank />
        </Line>
        <Line>
          <span className="mr-3">{L.except}</span>
          <Blank />
        </Line>
      </Row>
      <Row label={L.studies}>
        <Box>{L.all}</Box>
        <Line>
          <Box>{L.some}</Box>
          <Blank />
        </Line>
        <Line>
          <span className="mr-3">{L.exceptStudies}</span>
          <Blank />
        </Line>
      </Row>
      <Row label={L.term}>
        <span>
          <Box>{L.untilStopped}</Box>
          <Box>{L.untilDay}</Box>
        </span>
      </Row>
    </dl>
  );
}

function Signatures() {
  return (
    <div className="mt-2">
      <p className="font-bold">
        <RubyText text={L.agree} />
      </p>
      <div className="mt-3 flex flex-wrap items-end gap-6">
        <span className="whitespace-nowrap">
          {L.day}　{L.dayBlank}
        </span>
        <Signed label={L.patient} />
      </div>
      <div className="mt-3 border border-dashed border-black px-3 pt-1 pb-2">
        <p className="text-[10pt]">
          <RubyText text={L.proxyTitle} />
        </p>
        <div className="mt-2 flex flex-wrap items-end gap-6">
          <Signed label={L.proxy} />
        </div>
        <p className="mt-1.5">
          <span className="mr-3">
            <RubyText text={L.relation} />
          </span>
          {L.relations.map((relation) => (
            <Box key={relation}>
              <RubyText text={relation} />
            </Box>
          ))}
        </p>
      </div>
      <div className="mt-4 flex flex-wrap items-end gap-6">
        <Signed label={L.explained} />
      </div>
    </div>
  );
}

/** A line to write on. */
function Signed({ label }: { label: string }) {
  return (
    <span className="flex min-w-[55mm] flex-1 items-end gap-3">
      <span className="whitespace-nowrap">
        <RubyText text={label} />
      </span>
      <span aria-hidden className="h-[9mm] flex-1 border-b border-black" />
    </span>
  );
}
