import type { PersonNameJson } from '../../domain/imaging/dataset.ts';
import type { SearchableName } from '../../domain/imaging/study.ts';
import { isSpace, isWhiteOrNul, withoutPadding } from './padding.ts';

const CARET = 0x5e;

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
  return text === undefined ? '' : withoutPadding(text, isSpace, (code) => code === CARET || isWhiteOrNul(code));
}

/**
 * Kanji that one family's papers spell in old, variant and new forms; the first of each row stands for all. Names that are merely alike
 * (萩 and 荻, 杉 and 椙, 太 and 大) stay apart.
 * NFKC does not touch them: they are distinct characters, not compatibility ones.
 */
const KANJI_VARIANTS: ReadonlyMap<string, string> = new Map(
  `
  高髙 崎﨑碕嵜 沢澤 辺邊邉 斉齊斎齋 浜濱濵 桜櫻 広廣 国國 島嶋嶌 浅淺 恵惠 栄榮 円圓 塩鹽 奥奧 応應 亜亞 会會 楽樂 関關 気氣
  亀龜 旧舊 峡峽 暁曉 区區 剣劍劔 県縣 検檢 顕顯 蔵藏 児兒 寿壽 収收 従從 渋澁 粛肅 処處 叙敍 奨奬 将將 焼燒 条條 乗乘 浄淨 畳疊
  穣穰 譲讓 真眞 慎愼 尽盡 図圖 瀬瀨 静靜 摂攝 専專 銭錢 禅禪 荘莊 総總 増增 続續 体體 台臺 滝瀧 昼晝 鎮鎭 鉄鐵 点點 伝傳 当當 灯燈
  闘鬪 徳德 独獨 弐貳 売賣 麦麥 発發 抜拔 富冨 払拂 仏佛 並竝 宝寶 豊豐 翻飜 万萬 満滿 弥彌 薬藥 与與 予豫 余餘 謡謠 来來 頼賴 竜龍
  両兩 緑綠 涙淚 塁壘 礼禮 霊靈 歴歷 恋戀 炉爐 労勞 楼樓 郎郞 録錄 湾灣 吉𠮷 土圡 橋槗 柳栁 館舘 船舩 曽曾 渕淵渊 鶴靏靍 峰峯 桑桒
  達逹 尚尙 黒黑 青靑 清淸 緒緖 瑶瑤 遥遙 巌巖 桧檜 鴎鷗 薮藪籔 篭籠 芦蘆 壷壺 昇曻 涼凉 岳嶽 晋晉 暦曆 槙槇 凛凜 尭堯 鶏鷄 穂穗 稲稻
  聡聰 芸藝 覚覺 観觀 錬鍊 隣鄰 鶯鴬 勲勳 参參 双雙 壮壯 声聲 実實 学學 様樣 歓歡 沖冲 渓溪 為爲 献獻 狭狹 画畫 秋穐龝 糸絲 経經 絵繪
  継繼 縄繩 蛍螢 蝉蟬 衛衞 装裝 軽輕 転轉 遅遲 鉱鑛 駅驛 験驗 黄黃 雁鴈
  郷鄕鄉 寛寬 戸戶 呉吳 毎每 温溫 歩步 研硏 萌萠 彦彥 産產 顔顏 内內 宜冝 恒恆 悦悅 教敎 横橫 煕熙凞 禄祿 縁緣 薫薰 賛贊 松柗枩 喜㐂 兎兔 祢禰
  頴穎 桝枡 荊荆 麹麴 亘亙 野埜 間閒 鉤鈎 瓶甁 呂吕 賢贒`
    .trim()
    .split(/\s+/)
    .flatMap((row) => {
      const [to, ...variants] = [...row];
      return variants.map((variant): [string, string] => [variant, to as string]);
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
  for (const char of caseless(
    text.normalize('NFKC').normalize('NFD').replace(LATIN_ACCENTS, '').replace(VARIATION_SELECTORS, '').normalize('NFC'),
  )) {
    const code = char.codePointAt(0) as number;
    const kana = code >= 0x3041 && code <= 0x3096 ? String.fromCodePoint(code + 0x60) : char;
    folded += SMALL_KANA.get(kana) ?? KANJI_VARIANTS.get(kana) ?? kana;
  }
  return separated(folded);
}

/** Combining accents after Latin, Greek or Cyrillic letters only: a Thai or Arabic vowel sign and the Japanese voicing mark are letters' own. */
const LATIN_ACCENTS = /(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}][\u0300-\u036f]*)[\u0300-\u036f]/gu;

/** They choose a glyph, not a character: 葛 and its registered variants are one name. */
const VARIATION_SELECTORS = /\p{Variation_Selector}/gu;

/** By way of capitals, so that ß meets SS; a final sigma is a sigma, as what follows it may be a wildcard. */
function caseless(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

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
