/**
 * Receipt data (レセプト電算処理システム) as a roster: who was treated, under which insurance. Nothing of diagnoses, acts or drugs is kept.
 * Fields by オンライン又は光ディスク等による請求に係る記録条件仕様(医科用), 社会保険診療報酬支払基金 (https://shinryohoshu.mhlw.go.jp/shinryohoshu/file/spec/R02bt1_1_kiroku.pdf): IR, RE, HO,
 * KO and, since 2021, SN. Dates are eras' digits (GYYMMDD) up to April 2020 and western ones since. Receipts of dentists and pharmacies have other fields and are not read.
 */
import {
  PUBLIC_FUNDS_MAX,
  type PublicFund,
  RosterBuilder,
  type RosterBytes,
  type RosterFaultCode,
  type RosterPatient,
  type RosterReading,
} from './roster.ts';
import { type RosterFields, rosterPatient } from './roster-fields.ts';
import { TextLines } from './text-lines.ts';

export interface ReceiptsAsked {
  /** YYYYMMDD of the region's today. */
  readonly today: string;
}

/** Places of fields, from 0; the specification counts from 1. */
const IR = { table: 3 } as const;
const RE = { name: 4, sex: 5, birthDate: 6, chartNumber: 13, kana: 36 } as const;
const HO = { insurer: 1, symbol: 2, number: 3 } as const;
const KO = { payer: 1, recipient: 2 } as const;
const SN = { bearer: 1, branch: 6 } as const;
/** 点数表コード: 医科. */
const MEDICAL = '1';
/** 負担者種別コード: the insurance, not a public fund. */
const INSURER = '1';

/** Records that are known and say nothing of who the patient is: 医科 and DPC, of claims and of returned ones. */
const PASSED_OVER: ReadonlySet<string> = new Set(
  'SY SI IY TO CO NI SJ GO KH GR JD MF TI TR TS RC HI HR HH GT CD BU SB KK SK GA'.split(' '),
);

/** @throws too-large; unsupported for UTF-16 */
export async function readReceipts(bytes: RosterBytes, { today }: ReceiptsAsked): Promise<RosterReading> {
  const lines = new TextLines(bytes);
  const builder = new RosterBuilder();
  const reader = new ReceiptReader(builder, today);
  for await (const { line, text, ...rest } of lines.lines()) {
    if (text === undefined) reader.unreadable(line, 'fault' in rest ? rest.fault : 'undecodable');
    else if (text.trim() !== '') reader.record(line, text.split(','));
  }
  reader.end();
  return builder.reading(lines.charset, lines.count);
}

interface Receipt {
  readonly line: number;
  readonly fields: readonly string[];
  insurance: { insurer: string; symbol: string; number: string } | undefined;
  branch: string;
  readonly publicFunds: PublicFund[];
}

/** One receipt after the other: RE begins it, what follows belongs to it, the next RE ends it. */
class ReceiptReader {
  readonly #builder: RosterBuilder;
  readonly #today: string;
  /** 'faulty': its RE was, which is said once and not for each record that follows. */
  #receipt: Receipt | 'faulty' | undefined;
  #medical = true;

  constructor(builder: RosterBuilder, today: string) {
    this.#builder = builder;
    this.#today = today;
  }

  unreadable(line: number, code: RosterFaultCode): void {
    this.#builder.fault(line, code);
    // It may have been the next receipt's beginning: what follows is not given to the one before.
    this.end();
    this.#receipt = 'faulty';
  }

  record(line: number, fields: readonly string[]): void {
    const name = (fields[0] ?? '').trim();
    switch (name) {
      case 'IR':
        this.end();
        this.#medical = (fields[IR.table] ?? '').trim() === MEDICAL;
        if (!this.#medical) this.#builder.fault(line, 'table-unsupported');
        return;
      case 'RE':
        this.end();
        this.#begin(line, fields);
        return;
      case 'HO':
      case 'KO':
      case 'SN':
        this.#belonging(line, name, fields);
        return;
      default:
        if (!PASSED_OVER.has(name)) this.#builder.fault(line, 'unknown-record');
    }
  }

  #begin(line: number, fields: readonly string[]): void {
    this.#receipt = 'faulty';
    if (!this.#medical) return;
    if (fields.length <= RE.birthDate) this.#builder.fault(line, 'record-short');
    else this.#receipt = { line, fields, insurance: undefined, branch: '', publicFunds: [] };
  }

  #belonging(line: number, name: 'HO' | 'KO' | 'SN', fields: readonly string[]): void {
    const receipt = this.#receipt;
    if (receipt === undefined) this.#builder.fault(line, 'record-out-of-place');
    if (receipt === undefined || receipt === 'faulty') return;
    const field = (at: number) => (fields[at] ?? '').trim();
    const last = { HO: HO.number, KO: KO.payer, SN: SN.bearer }[name];
    if (fields.length <= last) this.#builder.fault(line, 'record-short');
    else if (name === 'HO') receipt.insurance = { insurer: field(HO.insurer), symbol: field(HO.symbol), number: field(HO.number) };
    else if (name === 'KO' && receipt.publicFunds.length < PUBLIC_FUNDS_MAX)
      receipt.publicFunds.push({ payer: field(KO.payer), recipient: field(KO.recipient) });
    else if (name === 'SN' && field(SN.bearer) === INSURER) receipt.branch = field(SN.branch);
  }

  end(): void {
    const receipt = this.#receipt;
    this.#receipt = undefined;
    if (receipt === undefined || receipt === 'faulty') return;
    const found = patientOf(receipt, this.#today);
    if (typeof found === 'string') this.#builder.fault(receipt.line, found);
    else this.#builder.patient(found);
  }
}

function patientOf({ line, fields, insurance, branch, publicFunds }: Receipt, today: string): RosterPatient | RosterFaultCode {
  const field = (at: number) => fields[at] ?? '';
  const said: RosterFields = {
    patientID: field(RE.chartNumber),
    name: field(RE.name),
    nameKana: field(RE.kana),
    nameLatin: '',
    birthDate: field(RE.birthDate),
    sex: field(RE.sex),
    postalCode: '',
    phone: '',
    insurer: insurance?.insurer ?? '',
    symbol: insurance?.symbol ?? '',
    number: insurance?.number ?? '',
    branch,
  };
  const found = rosterPatient(line, said, today);
  return typeof found === 'string' ? found : { ...found, publicFunds };
}
