/** What a person finds at the root of the file-set, IHE RAD TF-2 4.47.4.1.2.3: in Japanese and English, whoever opens it. */
import type { PersonNameJson } from '../../domain/imaging/dataset.ts';
import type { FileSet, SetPatient, SetStudy } from './file-set.ts';

/** Who makes it. */
export interface ExportMaker {
  readonly region: string;
  readonly facility: string;
  /** Name and version. */
  readonly program: string;
}

/** No name of a patient: it lies beside the images, and is opened by who only looks what this is. */
export function readMe(set: Pick<FileSet, 'files'>, maker: ExportMaker, at: Date): Uint8Array {
  const lines = [
    '医用画像（DICOM）/ MEDICAL IMAGES (DICOM)',
    '',
    `作成 / Made: ${utc(at)}`,
    `作成した施設 / By: ${plain(maker.facility)}`,
    `地域 / Region: ${plain(maker.region)}`,
    `プログラム / Program: ${maker.program}`,
    `ファイル数 / Files: ${set.files}`,
    '',
    '画像を見るには、DICOMDIR を開ける医用画像ビューアーを使ってください。一覧は INDEX.HTM にあります。',
    'To see the images, use a medical image viewer that opens DICOMDIR. INDEX.HTM lists what is here.',
    '',
    '個人の医療情報です。取り扱いにご注意ください。お問い合わせは作成した施設へお願いします。',
    'This is personal medical information: keep it safe. Questions go to the facility that made it.',
  ];
  return Buffer.from(`\ufeff${lines.join('\r\n')}\r\n`);
}

/** XHTML 1.0, without script or anything that is fetched from elsewhere. */
export function indexPage(set: Pick<FileSet, 'patients' | 'files' | 'unlisted'>, maker: ExportMaker, at: Date): Uint8Array {
  const unlisted =
    set.unlisted === 0
      ? ''
      : `<p>DICOMDIR に載せられないファイルが ${set.unlisted} 件あります。フォルダーから開いてください。<br/>${set.unlisted} file(s) have no place in the DICOMDIR: open them from their folder.</p>`;
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="ja" lang="ja">
<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"/><title>DICOM</title>
<style type="text/css">${STYLE}</style></head>
<body>
<h1>医用画像 <span>Medical images</span></h1>
<p>${escaped(maker.facility)}（${escaped(maker.region)}）<br/>${utc(at)}</p>
<p>画像を見るには、<a href="DICOMDIR">DICOMDIR</a> を開ける医用画像ビューアーを使ってください。個人の医療情報です。取り扱いにご注意ください。<br/>To see the images, use a medical image viewer that opens <a href="DICOMDIR">DICOMDIR</a>. This is personal medical information: keep it safe.</p>
${unlisted}
${set.patients.map(patientPart).join('\n')}
</body>
</html>
`);
}

const STYLE = `body{font-family:sans-serif;line-height:1.5;margin:1.5em auto;max-width:60em;padding:0 1em;color:#1a1d21;background:#fff}
h1{font-size:1.4em}h1 span,th span{font-weight:normal;color:#555}h2{font-size:1.15em;margin-top:2em}h3{font-size:1em;margin:1.5em 0 .3em}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #bbb;padding:.25em .6em;text-align:left;vertical-align:top;word-break:break-word}`;

function patientPart({ name, patientID, birthDate, sex, studies }: SetPatient): string {
  const facts = [`患者ID / Patient ID: ${escaped(patientID)}`, `生年月日 / Birth date: ${day(birthDate)}`, `性別 / Sex: ${escaped(sex)}`];
  return `<h2>${escaped(nameText(name)) || '—'}</h2>\n<p>${facts.join('<br/>')}</p>\n${studies.map(studyPart).join('\n')}`;
}

function studyPart({ date, description, facility, folder, series }: SetStudy): string {
  const rows = series.map(
    (one) =>
      `<tr><td>${escaped(one.modality)}</td><td>${one.number ?? ''}</td><td>${escaped(one.description)}</td><td>${one.files}</td></tr>`,
  );
  const heads = [
    ['種別', 'Modality'],
    ['番号', 'No.'],
    ['シリーズ', 'Series'],
    ['ファイル数', 'Files'],
  ];
  return `<h3>${day(date)} ${escaped(description)}</h3>
<p>${escaped(facility)}<br/>${escaped(folder)}</p>
<table><thead><tr>${heads.map(([ja, en]) => `<th>${ja} <span>${en}</span></th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

/** Kanji first, then how it is read, then in Roman letters. */
function nameText({ Alphabetic, Ideographic, Phonetic }: PersonNameJson): string {
  const groups = [Ideographic, Phonetic, Alphabetic].filter((group) => group !== undefined && group !== '');
  return groups.map((group) => group?.replaceAll('^', ' ').trim()).join(' / ');
}

function day(date: string): string {
  return /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : '—';
}

function utc(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** What XML cannot hold is left out. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ' ');
}

const MARKS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return plain(text).replace(/[&<>"']/g, (mark) => MARKS[mark] as string);
}
