/** What a mail says, in the language of its reader. Plain text; the counts and a link, and nothing of any patient. */
import { MAIL_COUNT_MAX, MAIL_KINDS, type MailCounts, type MailKind } from '../../domain/people/mail.ts';

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

type Language = 'ja' | 'en';

const KINDS = {
  ja: { studies: '検査のお知らせ', letters: '紹介状', emergencies: '審査待ちの緊急アクセス' },
  en: { studies: 'Notices of studies', letters: 'Letters', emergencies: 'Emergency accesses that wait for review' },
} as const satisfies Record<Language, Record<MailKind, string>>;

export function newsMail(language: Language, counts: MailCounts, url: string): MailText {
  const some = MAIL_KINDS.filter((kind) => counts[kind] > 0);
  const lines = some.map((kind) => `${KINDS[language][kind]}: ${shown(language, counts[kind])}`).join('\n');
  const total = some.reduce((sum, kind) => sum + counts[kind], 0);
  const isMore = some.some((kind) => counts[kind] >= MAIL_COUNT_MAX);
  const all = isMore ? shown(language, MAIL_COUNT_MAX) : shown(language, total);
  if (language === 'ja')
    return {
      subject: `Renkei: 新しいお知らせ（${all}）`,
      text: `新しいお知らせがあります。\n\n${lines}\n\n内容は、サインインして確認してください。\n${url}/notices\n\n患者の情報は、メールには載りません。\nメールの設定: ${url}/settings\n`,
    };
  return {
    subject: `Renkei: ${all} new`,
    text: `There is something new.\n\n${lines}\n\nSign in to read it.\n${url}/notices\n\nMails never say anything of a patient.\nMail settings: ${url}/settings\n`,
  };
}

function shown(language: Language, count: number): string {
  if (count < MAIL_COUNT_MAX) return language === 'ja' ? `${count}件` : String(count);
  return language === 'ja' ? `${MAIL_COUNT_MAX}件以上` : `${MAIL_COUNT_MAX} or more`;
}

export function codeMail(language: Language, code: string, url: string): MailText {
  const typed = `${code.slice(0, 4)} ${code.slice(4)}`;
  if (language === 'ja')
    return {
      subject: 'Renkei: メールアドレスの確認コード',
      text: `確認コード: ${typed}\n\n設定の画面に入力してください。1時間使えます。\n${url}/settings\n\n心当たりがなければ、何もしなくてかまいません。\n`,
    };
  return {
    subject: 'Renkei: code to confirm your mail address',
    text: `Code: ${typed}\n\nType it on the settings page. It can be used for an hour.\n${url}/settings\n\nIf you did not ask for it, there is nothing to do.\n`,
  };
}
