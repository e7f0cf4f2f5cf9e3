import type { EdgeLetters } from './port.ts';

/** Directions closer to a plane than this (about 6°) get no second letter. */
const COMPONENT_MIN = 0.1;

/** A direction in patient coordinates (LPS, PS3.3 C.7.6.2.1.1) as letters, the main one first, at most three. */
export function directionLetters(direction: readonly [number, number, number]): string {
  const length = Math.hypot(...direction);
  if (!(length > 0)) return '';
  const parts = [
    { size: direction[0] / length, letters: ['L', 'R'] },
    { size: direction[1] / length, letters: ['P', 'A'] },
    { size: direction[2] / length, letters: ['H', 'F'] },
  ] as const;
  return [...parts]
    .filter(({ size }) => Math.abs(size) > COMPONENT_MIN)
    .sort((a, b) => Math.abs(b.size) - Math.abs(a.size))
    .map(({ size, letters }) => (size > 0 ? letters[0] : letters[1]))
    .join('');
}

/** `right` and `down`: where the screen's axes point in the patient. */
export function edgeLetters(right: readonly [number, number, number], down: readonly [number, number, number]): EdgeLetters {
  const opposite = ([x, y, z]: readonly [number, number, number]) => [-x, -y, -z] as const;
  return {
    right: directionLetters(right),
    left: directionLetters(opposite(right)),
    bottom: directionLetters(down),
    top: directionLetters(opposite(down)),
  };
}
