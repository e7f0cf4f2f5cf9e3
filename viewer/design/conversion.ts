/** Of a key: Enter, Escape or an arrow that belongs to a kana-kanji conversion. Safari ends the conversion first and tells only by the key code. */
export function inConversion({ isComposing, keyCode }: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return isComposing || keyCode === 229;
}
