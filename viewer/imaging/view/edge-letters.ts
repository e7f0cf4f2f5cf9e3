import type { EdgeLetters } from '../port.ts';

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

const OPPOSITE: Readonly<Record<string, string>> = { L: 'R', R: 'L', P: 'A', A: 'P', H: 'F', F: 'H' };

/**
 * The same for a picture without a place in the patient, such as a radiograph: Patient Orientation, PS3.3 C.7.6.1.1.1, says where its
 * rows and columns run. `right` and `down`: where the screen's axes point in the picture (x along a row, y down a column).
 */
export function edgeLettersOfProjection(
  right: readonly [number, number, number],
  down: readonly [number, number, number],
  patientOrientation: readonly [row: string, column: string],
): EdgeLetters {
  const along = ([x, y]: readonly [number, number, number]): string => {
    const [row, column] = patientOrientation;
    const letters = Math.abs(x) > Math.abs(y) ? row : column;
    const forwards = Math.abs(x) > Math.abs(y) ? x > 0 : y > 0;
    return forwards ? letters : opposite(letters);
  };
  return { right: along(right), left: opposite(along(right)), bottom: along(down), top: opposite(along(down)) };
}

function opposite(letters: string): string {
  return [...letters].map((letter) => OPPOSITE[letter] ?? '').join('');
}
