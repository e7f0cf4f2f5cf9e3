/** What every bench gives back, and how it is printed: ours beside a peer's, the ratio, the goal, and what limits it. */

export interface Row {
  readonly what: string;
  readonly ours: string;
  /** The peer and its figure; 'no peer' when there is none. */
  readonly peer: string;
  /** Ours divided by the peer's, or by the goal's own figure. Undefined: told in support only. */
  readonly ratio?: number;
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
  /** One line. */
  readonly limit: string;
}

export interface Bench {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** The middle of an odd number of rounds; of an even one, the upper of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new Error('no rounds');
  return middle;
}

/** Median with the extremes of all rounds. */
export function spread(values: readonly number[], unit: string, digits = 2): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return `${median(values).toFixed(digits)} ${unit} (${least}–${most})`;
}

/** The median of the rounds' own ratios: neighbours in time met the same load. */
export function pairedRatio(ours: readonly number[], peers: readonly number[]): number {
  return median(ours.map((value, round) => value / (peers[round] ?? Number.NaN)));
}

export function isMet({ ratio, goal }: Pick<Row, 'ratio' | 'goal'>): boolean | undefined {
  if (ratio === undefined || goal === undefined) return undefined;
  return 'atMost' in goal ? ratio <= goal.atMost : ratio >= goal.atLeast;
}

export function printed({ title, rows }: Bench): string {
  const lines = rows.flatMap((row) => {
    const ratio = row.ratio === undefined ? '' : `${row.ratio.toFixed(2)} ×`;
    const goal = row.goal === undefined ? '' : 'atMost' in row.goal ? `≤ ${row.goal.atMost}` : `≥ ${row.goal.atLeast}`;
    const verdict = { true: 'met', false: 'MISSED', undefined: '' }[String(isMet(row)) as 'true' | 'false' | 'undefined'];
    return [
      `  ${row.what.padEnd(56)} ${ratio.padStart(9)}  ${goal.padEnd(7)} ${verdict.padEnd(6)}  ${row.ours} | ${row.peer}`,
      `      limited by: ${row.limit}`,
    ];
  });
  return [`\n${title}`, `  ${'what'.padEnd(56)} ${'ratio'.padStart(9)}  ${'goal'.padEnd(7)} ${''.padEnd(6)}  ours | peer`, ...lines].join(
    '\n',
  );
}

/** For the one who waits; the tables go to standard output. */
export function progress(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
