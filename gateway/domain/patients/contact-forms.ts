/** Phone numbers, postal codes and insurance as they are compared: one form for whichever way they are written. Pure. */

/** As a patient's insurance card has it. Empty string: not known. */
export interface Insurance {
  /** 保険者番号, 6 or 8 digits. */
  readonly insurer: string;
  /** 記号. */
  readonly symbol: string;
  /** 番号: the insured's, shared by dependants. */
  readonly number: string;
  /** 枝番, two digits: one for each person under a number, since 2021. */
  readonly branch: string;
}

const TEXT_CHARS_MAX = 80;

/** Digits of a Japanese number with its leading 0, or '' when it is none. 電話 (03) 1234-5678, ０３―１２３４―５６７８ and +81 3 1234 5678 are one. */
export function phoneForm(text: string): string {
  const plain = text
    .slice(0, TEXT_CHARS_MAX)
    .normalize('NFKC')
    .replace(/[^0-9+]/g, '');
  const digits = plain.replace(/^(?:\+|010)81(?:0(?=[1-9]))?/, '0').replace(/\+/g, '');
  return /^0[1-9][0-9]{8,9}$/.test(digits) && !/^0([0-9])\1+$/.test(digits) ? digits : '';
}

/** Seven digits, or ''. A code that stands for no place (0000000) is none. */
export function postalForm(text: string): string {
  const digits = text
    .slice(0, TEXT_CHARS_MAX)
    .normalize('NFKC')
    .replace(/[^0-9]/g, '');
  return /^[0-9]{7}$/.test(digits) && !/^([0-9])\1{6}$/.test(digits) ? digits : '';
}

/** Undefined when the card cannot be told: without number nobody is. */
export function insuranceForm(insurance: Insurance | undefined): Insurance | undefined {
  if (insurance === undefined) return undefined;
  const insurer = digitsOf(insurance.insurer).padStart(6, '0');
  const number = cardText(insurance.number);
  if (/^0+$/.test(insurer) || number === '' || /^0+$/.test(number)) return undefined;
  // 国保 has six digits; in a field of eight they are filled up.
  const branch = digitsOf(insurance.branch).slice(-2);
  return {
    insurer: insurer.replace(/^00(?=[0-9]{6}$)/, ''),
    symbol: cardText(insurance.symbol),
    number,
    branch: branch === '' ? '' : branch.padStart(2, '0'),
  };
}

function digitsOf(text: string): string {
  return text
    .slice(0, TEXT_CHARS_MAX)
    .normalize('NFKC')
    .replace(/[^0-9]/g, '');
}

/** Letters, kana and digits; hyphens, blanks and leading zeros are written or not. */
function cardText(text: string): string {
  return text
    .slice(0, TEXT_CHARS_MAX)
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/^0+(?=.)/, '');
}
