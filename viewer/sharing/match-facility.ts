interface Named {
  readonly code: string;
  readonly name: string;
  readonly nameKana: string;
  readonly nameRomaji: string;
}

/** Full and half width, capitals, hiragana and katakana are one: what a person types finds what another person entered. */
function foldText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u3041-\u3096]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60))
    .replace(/\s+/g, ' ')
    .trim();
}

/** Facilities in which every typed word occurs in some spelling of the name or in the code. */
export function matchFacilities<T extends Named>(facilities: readonly T[], typed: string): T[] {
  const words = foldText(typed)
    .split(' ')
    .filter((word) => word !== '');
  return facilities.filter((facility) => {
    const text = foldText([facility.name, facility.nameKana, facility.nameRomaji, facility.code].join(' '));
    return words.every((word) => text.includes(word));
  });
}
