/**
 * The form that a patient signs on paper, in plain Japanese whatever the language of the page: it is handed out in Japan. A region that has a form of its
 * own uses that, and says its version when the consent is recorded. Whoever changes a word here changes the version.
 */
export const CONSENT_FORM_VERSION = '2026-11';

export interface FormText {
  readonly title: string;
  readonly intro: string;
  readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

/** `{同意|どうい}`: with its reading over it. */
export function formText(region: string, facility: string): FormText {
  return {
    title: '検査の画像をほかの病院などに見せることについての{同意書|どういしょ}',
    intro: `${region}では、病院や{診療所|しんりょうじょ}が、患者さんの検査の画像をたがいに見られるようにしています。`,
    sections: [
      {
        title: '{同意|どうい}すると、できるようになること',
        lines: [
          `${facility}や地域の施設で{撮影|さつえい}した、あなたの検査の画像（レントゲン、CT、MRI、{超音波|ちょうおんぱ}など）を、ほかの施設の医師などが、あなたの診療のために見られるようになります。`,
          'これまでの検査も、これからの検査も含みます。同じ検査をくり返さずにすむことがあります。',
        ],
      },
      {
        title: '知っておいていただきたいこと',
        lines: [
          '{同意|どうい}するかどうかは自由です。{同意|どうい}しなくても、診療で不利になることはありません。',
          'いつでも、やめられます。受付にお申し出ください。やめると、ほかの施設ではすぐに見られなくなります。',
          '見せたくない施設や検査があれば、{除|のぞ}くことができます。',
          'だれが、いつ見たかは記録されます。お{尋|たず}ねになれば、お知らせします。',
          '法律で定められた場合など、{同意|どうい}がなくても見せることがあります。',
        ],
      },
    ],
  };
}

export const FORM_LABELS = {
  whom: '見せる相手',
  region: (region: string) => `${region}のすべての施設（あとから参加する施設も含む）`,
  only: '次の施設だけ',
  except: '見せない施設（あれば）',
  studies: '見せる検査',
  all: 'すべての検査（これからの検査も含む）',
  some: '次の検査だけ（種類や期間）',
  exceptStudies: '見せない検査（あれば）',
  term: 'いつまで',
  untilStopped: 'わたしがやめるまで',
  untilDay: '　　　　年　　月　　日まで',
  agree: '上の説明を受け、検査の画像を見せることに{同意|どうい}します。',
  day: '記入した日',
  dayBlank: '　　　　年　　　月　　　日',
  patient: '患者氏名（{署名|しょめい}）',
  proxyTitle: '本人が{署名|しょめい}できないとき',
  proxy: '代わりの方の氏名（{署名|しょめい}）',
  relation: '患者との{続柄|つづきがら}',
  relations: ['親', '{配偶者|はいぐうしゃ}', '子', '兄弟姉妹', '{後見人|こうけんにん}', 'その他'],
  explained: '説明した職員',
  ofPatient: '患者',
  name: '氏名',
  birthDate: '生年月日',
  patientID: '患者ID',
  code: '職員用コード',
  version: '同意書の版',
  printed: '印刷した日',
  unnamedRegion: '地域医療画像連携',
} as const;
