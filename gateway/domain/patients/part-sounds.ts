/** How a part of a name sounds, and what it is looked up by; remembered, as a region's names are made of the same parts. */
import { evictOldest } from '../bounds/evict-oldest.ts';
import { soundOf, withSmallKana } from '../people/sound.ts';
import type { NameParts } from './name-forms.ts';
import { plainKana } from './plain-kana.ts';

/** Of each: as it is written and, where that differs, as if kana that may be small were. '' when it is neither kana nor Latin letters. */
export interface PartSounds {
  readonly sounds: readonly string[];
  /** Without voiced marks and long vowels, so that one key holds them all. */
  readonly keys: readonly string[];
}

const REMEMBERED_MAX = 20_000;
const remembered = new Map<string, PartSounds>();

function soundsOfPart(part: string): PartSounds {
  const known = remembered.get(part);
  if (known !== undefined) return known;
  const plain = plainKana(part);
  const sounds = { sounds: both(part, (text) => text), keys: both(plain, voiceless) };
  remembered.set(part, sounds);
  evictOldest(remembered, REMEMBERED_MAX);
  return sounds;
}

function both(part: string, change: (sound: string) => string): readonly string[] {
  const small = withSmallKana(part);
  const sound = change(soundOf(part));
  return small === part ? [sound] : [sound, change(soundOf(small))];
}

/** A name in each sound of each part: ツチヤ シユン is tutiya syun. */
export function spelledBy(name: NameParts, of: keyof PartSounds): NameParts[] {
  if (name.whole !== '' && name.family === '' && name.given === '')
    return soundsOfPart(name.whole)[of].map((whole) => ({ family: '', given: '', whole }));
  const [families, givens] = [soundsOfPart(name.family)[of], soundsOfPart(name.given)[of]];
  return families.flatMap((family) =>
    givens.map((given) => ({ family, given, whole: family === '' || given === '' ? '' : family + given })),
  );
}

/** What `plainKana` does, done to Latin letters. */
function voiceless(sound: string): string {
  return sound.replace(/e[ie]+/g, 'e').replace(/[gzdbp]/g, (letter) => VOICELESS[letter] ?? letter);
}

const VOICELESS: Readonly<Record<string, string>> = { g: 'k', z: 's', d: 't', b: 'h', p: 'h' };
