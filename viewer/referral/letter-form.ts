/**
 * What is printed on the form itself: 別紙様式11 (診療情報提供書) of the fee schedule's circular, with the names, notes and order of the ministry's text of 2002, the one that was found. A form is no text of the
 * page: it stays Japanese in either language.
 */
import type { LetterContent } from '../../gateway/api/contract/letters.ts';

const LONG = [
  ['diagnosis', '傷病名'],
  ['purpose', '紹介目的'],
  ['history', '既往歴及び家族歴'],
  ['course', '症状経過及び検査結果'],
  ['treatment', '治療経過'],
  ['prescription', '現在の処方'],
] as const satisfies readonly (readonly [keyof LetterContent, string])[];

export const FORM = {
  title: { referral: '診療情報提供書', reply: '診療情報提供書（返書）', 'counter-referral': '診療情報提供書（逆紹介）' },
  to: '紹介先医療機関等名',
  inCharge: '担当医',
  honorific: '殿',
  from: '紹介元医療機関の所在地及び名称',
  address: '所在地',
  name: '名称',
  phone: '電話番号',
  doctor: '医師氏名',
  seal: '印',
  patientName: '患者氏名',
  sama: '様',
  sex: '性別',
  sexOf: { '': '', M: '男', F: '女', O: 'その他' },
  birthDate: '生年月日',
  occupation: '職業',
  patientAddress: '患者住所',
  patientPhone: '電話番号',
  patientID: '患者ID',
  texts: {
    referral: LONG,
    'counter-referral': LONG,
    reply: LONG.filter(([name]) => name !== 'purpose'),
  },
  remarks: '備考',
  study: '画像（Renkeiで提供）',
  keyImages: 'キー画像',
  file: '添付ファイル',
  marks: [
    ['replyAsked', '返書を希望する'],
    ['transfer', '転院・転医'],
    ['discharge', '退院時の紹介'],
    ['specialRelation', '特別の関係にある施設への紹介'],
    ['labResults', '検査結果を添付'],
  ],
  notes: [
    '必要がある場合は続紙に記載して添付すること。',
    '必要がある場合は画像診断のフィルム、検査の記録を添付すること。',
    '紹介先が保険医療機関以外である場合は、紹介先医療機関等名の欄に紹介先保険薬局、市町村、保健所名等を記入すること。かつ、患者住所及び電話番号を必ず記入すること。',
  ],
} as const;
