/** Draft notices of a leak, in Japanese and English: to the facilities whose data it is, and to the authority. Somebody reads and completes them. */
import type { AffectedFacility, BreachReport } from './breach.ts';

/** A rule of law with its source; `confirmedBy` null: nobody of the region has confirmed it yet, and the drafts say so. */
export interface BreachRule {
  readonly from: string;
  readonly authority: { readonly ja: string; readonly en: string };
  /** Days from when it was known. */
  readonly firstReportDays: readonly [number, number];
  readonly finalReportDays: number;
  /** Where it may have been done with wrongful purpose. */
  readonly finalReportDaysWrongful: number;
  readonly source: string;
  readonly confirmedBy: string | null;
}

/** In force from their day on, the newest last. */
export const BREACH_RULES: readonly [BreachRule, ...BreachRule[]] = [
  {
    from: '2022-04-01',
    authority: { ja: '個人情報保護委員会', en: 'Personal Information Protection Commission' },
    firstReportDays: [3, 5],
    finalReportDays: 30,
    finalReportDaysWrongful: 60,
    source: '個人情報保護法 第26条、同法施行規則 第7条・第8条、ガイドライン（通則編）3-5-3-3・3-5-3-4',
    confirmedBy: null,
  },
];

export interface BreachNames {
  readonly account: string;
  readonly facility: (code: string) => string;
  /** A time as the region's clocks show it. */
  readonly time: (at: Date) => string;
}

export interface BreachNotices {
  readonly facilities: readonly { readonly code: string; readonly ja: string; readonly en: string }[];
  readonly authority: { readonly ja: string; readonly en: string };
}

/** @param today YYYY-MM-DD: the day on which it became known */
export function breachNotices(report: BreachReport, names: BreachNames, today: string): BreachNotices {
  const rule = BREACH_RULES.findLast(({ from }) => from <= today) ?? BREACH_RULES[0];
  return {
    facilities: report.facilities.map((facility) => ({
      code: facility.code,
      ja: toFacilityJa(report, facility, names),
      en: toFacilityEn(report, facility, names),
    })),
    authority: { ja: toAuthorityJa(report, names, rule), en: toAuthorityEn(report, names, rule) },
  };
}

const UNKNOWN_JA = '（記入してください）';
const UNKNOWN_EN = '(to be filled in)';
const text = (...lines: readonly string[]) => `${lines.filter((line) => line !== '').join('\n')}\n`;

function toFacilityJa(report: BreachReport, facility: AffectedFacility, { account, facility: name, time }: BreachNames): string {
  return text(
    `${name(facility.code)} 個人情報保護ご担当者様`,
    '【下書き】個人データの漏えいのおそれについて（ご連絡）',
    `利用者アカウント「${account}」が不正に使われたおそれがあります。貴施設の画像について、記録で確認できた内容は次のとおりです。`,
    `期間: ${time(report.from)} ～ ${time(report.to)}`,
    `対象の患者: ${facility.patients} 名　検査: ${facility.studies} 件　開かれた画像: ${facility.images} 枚`,
    facility.taken ? '画像ファイルが取り出されています。' : '画像ファイルの取り出しは記録にありません。',
    report.listed > 0
      ? `このほか、一覧の画面に延べ ${report.listed} 行（患者名などを含む）が表示されました。患者ごとの内訳は記録にありません。`
      : '',
    report.complete ? '' : '記録が多いため、集計は途中までです。実際の件数はこれより多くなります。',
    '対象となる患者と検査の一覧を別途お渡しします。患者ご本人への通知（個人情報保護法 第26条第2項）について、ご相談させてください。',
    `原因: ${UNKNOWN_JA}`,
    `連絡先: ${UNKNOWN_JA}`,
  );
}

function toFacilityEn(report: BreachReport, facility: AffectedFacility, { account, facility: name, time }: BreachNames): string {
  return text(
    `To the privacy officer of ${name(facility.code)}`,
    '[DRAFT] Possible leak of personal data',
    `The account “${account}” may have been misused. The record shows of your facility’s images:`,
    `Time: ${time(report.from)} to ${time(report.to)}`,
    `Patients: ${facility.patients}; studies: ${facility.studies}; images opened: ${facility.images}`,
    facility.taken ? 'Image files were taken out.' : 'No image files are on record as taken out.',
    report.listed > 0
      ? `Besides, ${report.listed} rows of lists (with patients’ names) were shown; the record does not say of which patients.`
      : '',
    report.complete ? '' : 'There is more on record than was counted: the true numbers are higher.',
    'The list of patients and studies is handed over separately. Please contact us about telling the patients (Act on the Protection of Personal Information, Article 26 (2)).',
    `Cause: ${UNKNOWN_EN}`,
    `Contact: ${UNKNOWN_EN}`,
  );
}

function toAuthorityJa(report: BreachReport, { account, facility, time }: BreachNames, rule: BreachRule): string {
  const [soonest, latest] = rule.firstReportDays;
  return text(
    `${rule.authority.ja} 御中`,
    '【下書き】漏えい等報告（速報）',
    `提出期限: 事態を知った日から速報はおおむね ${soonest}～${latest} 日以内、確報は ${rule.finalReportDays} 日以内（不正の目的で行われたおそれがある場合は ${rule.finalReportDaysWrongful} 日以内）`,
    `根拠: ${rule.source}`,
    rule.confirmedBy === null ? '（この期限は、地域の担当者による確認がまだ済んでいません。提出前に確認してください。）' : '',
    `1. 概要: 利用者アカウント「${account}」の不正使用のおそれ。${time(report.from)} ～ ${time(report.to)}`,
    '2. 個人データの項目: 氏名、生年月日、性別、患者ID、検査の内容、医用画像（要配慮個人情報を含む）',
    `3. 本人の数: ${report.patientsInAll} 名${report.complete ? '' : '以上'}${report.listed > 0 ? `（このほか一覧の表示 延べ ${report.listed} 行）` : ''}`,
    `　施設: ${report.facilities.map(({ code, patients }) => `${facility(code)} ${patients} 名`).join('、') || 'なし'}`,
    `4. 原因: ${UNKNOWN_JA}`,
    `5. 二次被害またはそのおそれ: ${report.facilities.some(({ taken }) => taken) ? '画像ファイルが取り出されています。' : ''}${UNKNOWN_JA}`,
    `6. 本人への対応: ${UNKNOWN_JA}`,
    `7. 公表: ${UNKNOWN_JA}`,
    `8. 再発防止のための措置: ${UNKNOWN_JA}`,
    `9. その他: 接続元 ${report.addresses.length} か所、拒否された操作 ${report.refused} 件、他施設への共有 ${report.given} 件、登録内容の変更 ${report.changed} 件`,
  );
}

function toAuthorityEn(report: BreachReport, { account, facility, time }: BreachNames, rule: BreachRule): string {
  const [soonest, latest] = rule.firstReportDays;
  return text(
    `To the ${rule.authority.en}`,
    '[DRAFT] Report of a leak (first report)',
    `Due: the first report within about ${soonest} to ${latest} days of when it became known, the final one within ${rule.finalReportDays} days (${rule.finalReportDaysWrongful} where it may have been done with wrongful purpose)`,
    `Basis: ${rule.source}`,
    rule.confirmedBy === null ? '(Nobody of the region has confirmed these terms yet: check them before it is sent.)' : '',
    `1. Outline: the account “${account}” may have been misused, ${time(report.from)} to ${time(report.to)}`,
    '2. Items of personal data: name, birth date, sex, patient ID, what was examined, medical images (sensitive personal information)',
    `3. Persons: ${report.complete ? '' : 'at least '}${report.patientsInAll}${report.listed > 0 ? ` (besides, ${report.listed} rows of lists were shown)` : ''}`,
    `   Facilities: ${report.facilities.map(({ code, patients }) => `${facility(code)} ${patients}`).join(', ') || 'none'}`,
    `4. Cause: ${UNKNOWN_EN}`,
    `5. Further harm: ${report.facilities.some(({ taken }) => taken) ? 'image files were taken out. ' : ''}${UNKNOWN_EN}`,
    `6. What was done for the persons: ${UNKNOWN_EN}`,
    `7. Publication: ${UNKNOWN_EN}`,
    `8. So that it does not happen again: ${UNKNOWN_EN}`,
    `9. Other: ${report.addresses.length} addresses, ${report.refused} refused attempts, ${report.given} shares given, ${report.changed} changes of accounts and facilities`,
  );
}
