/** The sounds that a PN is searched by, of all its groups; what a sound is: `gateway/domain/people/sound.ts`. */
import { evictOldest } from '../../domain/bounds/evict-oldest.ts';
import type { PersonNameJson } from '../../domain/imaging/dataset.ts';
import type { NameSounds } from '../../domain/imaging/study.ts';
import { soundOf, withSmallKana } from '../../domain/people/sound.ts';

/** Components of one group that are joined in each order; PN has five (PS3.5 6.2.1.2). */
const COMPONENTS_MAX = 5;
/** Of one group, PS3.5 6.2. */
const GROUP_CHARS_MAX = 64;
/** Each image of a study brings the same names again. */
const REMEMBERED_MAX = 200;

const remembered = new Map<string, NameSounds>();

/** Of every group that is in kana or Latin letters. */
export function soundsOfName({ Alphabetic = '', Ideographic = '', Phonetic = '' }: PersonNameJson): NameSounds {
  const groups = [Alphabetic, Ideographic, Phonetic].map((group) => group.slice(0, GROUP_CHARS_MAX));
  const name = groups.join('=');
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const sounds = soundsOfGroups(groups.map((group) => group.normalize('NFKC')));
  remembered.set(name, sounds);
  evictOldest(remembered, REMEMBERED_MAX);
  return sounds;
}

function soundsOfGroups(groups: readonly string[]): NameSounds {
  const joined = groups.flatMap((group) => {
    const components = group.split(SEPARATORS).slice(0, COMPONENTS_MAX);
    // Some older systems have no small kana: シヨウコ may be Shōko. Names such as キヨシ are meant as they stand.
    return [components, components.map(withSmallKana)].flatMap((spelled) =>
      inEachOrder(spelled.map(soundOf).filter((sound) => sound !== '')),
    );
  });
  return { joined: [...new Set(joined)], withoutKana: !groups.some((group) => KANA.test(group)) };
}

const SEPARATORS = /[\s^,.=\u00b7\u30fb]+/;
const KANA = /[\u3041-\u3096\u30a1-\u30fa]/;

/** a b c, b c a, c a b, each as one word. */
function inEachOrder(sounds: readonly string[]): string[] {
  return sounds.map((_, first) => soundOf([...sounds.slice(first), ...sounds.slice(0, first)].join('')));
}
