import type { PersonNameJson } from '../domain/dataset.ts';
import type { SearchableName } from '../domain/study.ts';

/** PN text, `alphabetic=ideographic=phonetic`, into its groups. PS3.5 6.2.1.2; trailing empty components are dropped as they carry nothing. */
export function parsePersonName(text: string): PersonNameJson {
  const groups = text.split('=');
  const name: PersonNameJson = {};
  const alphabetic = group(groups[0]);
  const ideographic = group(groups[1]);
  const phonetic = group(groups[2]);
  if (alphabetic !== '') name.Alphabetic = alphabetic;
  if (ideographic !== '') name.Ideographic = ideographic;
  if (phonetic !== '') name.Phonetic = phonetic;
  return name;
}

/** Without padding and without trailing carets, which PS3.5 6.2.1.2 lets anyone leave out. */
function group(text: string | undefined): string {
  return text === undefined ? '' : text.replace(/[\s\0^]+$/, '').replace(/^ +/, '');
}

/**
 * Old, variant and new forms of kanji that families spell differently from one paper to the next, each mapped to one form.
 * NFKC does not touch them: they are distinct characters, not compatibility ones.
 */
const KANJI_VARIANTS: ReadonlyMap<string, string> = new Map(
  [
    '高髙',
    '崎﨑碕嵜',
    '沢澤',
    '辺邊邉',
    '斉齊斎齋',
    '浜濱濵',
    '桜櫻',
    '広廣',
    '国國',
    '島嶋嶌',
    '浅淺',
    '恵惠',
    '栄榮',
    '円圓',
    '塩鹽',
    '奥奧',
    '応應',
    '亜亞',
    '会會',
    '楽樂',
    '関關',
    '気氣',
    '亀龜',
    '旧舊',
    '峡峽',
    '暁曉',
    '区區',
    '剣劍劔',
    '県縣',
    '検檢',
    '顕顯',
    '蔵藏',
    '児兒',
    '寿壽',
    '収收',
    '従從',
    '渋澁',
    '粛肅',
    '処處',
    '叙敍',
    '奨奬',
    '将將',
    '祥祥',
    '焼燒',
    '条條',
    '乗乘',
    '浄淨',
    '畳疊',
    '穣穰',
    '譲讓',
    '真眞',
    '慎愼',
    '尽盡',
    '図圖',
    '瀬瀨',
    '静靜',
    '摂攝',
    '専專',
    '銭錢',
    '禅禪',
    '荘莊',
    '総總',
    '増增',
    '続續',
    '体體',
    '台臺',
    '滝瀧',
    '沢澤',
    '昼晝',
    '鎮鎭',
    '鉄鐵',
    '点點',
    '伝傳',
    '当當',
    '灯燈',
    '闘鬪',
    '徳德',
    '独獨',
    '弐貳',
    '梅梅',
    '売賣',
    '麦麥',
    '発發',
    '抜拔',
    '富冨',
    '福福',
    '払拂',
    '仏佛',
    '並竝',
    '宝寶',
    '豊豐',
    '翻飜',
    '万萬',
    '満滿',
    '弥彌',
    '薬藥',
    '与與',
    '予豫',
    '余餘',
    '謡謠',
    '来來',
    '頼賴',
    '竜龍',
    '両兩',
    '緑綠',
    '涙淚',
    '塁壘',
    '礼禮',
    '霊靈',
    '歴歷',
    '恋戀',
    '炉爐',
    '労勞',
    '楼樓',
    '郎郞',
    '録錄',
    '湾灣',
    '吉𠮷',
    '土圡',
    '橋槗',
    '柳栁',
    '館舘',
    '船舩',
    '曽曾',
    '渕淵渊',
    '鶴靏靍',
    '隆隆',
    '徹徹',
    '峰峯',
    '杉椙',
    '桑桒',
    '梁簗',
    '鍋鍋',
    '達逹',
    '祐祐',
    '神神',
    '社社',
    '尚尙',
    '黒黑',
    '青靑',
    '清淸',
    '晴晴',
    '精精',
    '都都',
    '逸逸',
    '飯飯',
    '緒緖',
    '諸諸',
    '渚渚',
    '猪猪',
    '琢琢',
    '瑶瑤',
    '遥遙',
    '巌巖',
    '桧檜',
    '蕊蘂',
    '鴎鷗',
    '薮藪',
    '篭籠',
    '灘灘',
    '葛葛',
    '芦蘆',
    '壷壺',
    '昇曻',
    '涼凉',
  ].flatMap((row) => {
    const [to, ...from] = [...row.normalize('NFKC')];
    return from.filter((one) => one !== to).map((one): [string, string] => [one, to as string]);
  }),
);

/** Small kana to their full-size forms: ショウコ and シヨウコ are one name on different forms. */
const SMALL_KANA: ReadonlyMap<string, string> = new Map(
  [...'ァアィイゥウェエォオッツャヤュユョヨヮワヵカヶケ'].reduce<[string, string][]>((pairs, kana, index, all) => {
    if (index % 2 === 0) pairs.push([kana, all[index + 1] as string]);
    return pairs;
  }, []),
);

/**
 * A name (or part of one, or a search pattern) in the form it is matched in: NFKC, lower case without accents, katakana for hiragana,
 * one form for kanji variants, small kana full size, and one space between components. `*` and `?` pass through.
 */
export function foldName(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return separated(text.toLowerCase());
  let folded = '';
  for (const char of text.normalize('NFKC').normalize('NFD').replace(LATIN_ACCENTS, '').normalize('NFC').toLowerCase()) {
    const code = char.codePointAt(0) as number;
    const kana = code >= 0x3041 && code <= 0x3096 ? String.fromCodePoint(code + 0x60) : char;
    folded += SMALL_KANA.get(kana) ?? KANJI_VARIANTS.get(kana) ?? kana;
  }
  return separated(folded);
}

/** Combining accents after Latin, Greek or Cyrillic letters only: a Thai or Arabic vowel sign and the Japanese voicing mark are letters' own. */
const LATIN_ACCENTS = /(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}][\u0300-\u036f]*)[\u0300-\u036f]/gu;

/** Whatever stands between components or words becomes one space: caret, spaces of any width, comma, middle dot, hyphens. */
function separated(text: string): string {
  return text.replace(/[\s^,=.\u00b7\u30fb\u2010-\u2015\u2212'\u2019-]+/g, ' ').trim();
}

export function searchableName(value: PersonNameJson): SearchableName {
  return {
    value,
    folded: {
      alphabetic: foldName(value.Alphabetic ?? ''),
      ideographic: foldName(value.Ideographic ?? ''),
      phonetic: foldName(value.Phonetic ?? ''),
    },
  };
}
