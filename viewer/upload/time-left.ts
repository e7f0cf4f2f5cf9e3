/** How long an upload will go on, by how fast it was lately. */
interface Moment {
  readonly atMs: number;
  readonly bytes: number;
}

/** What came before says nothing of the line now. */
const WINDOW_MS = 20_000;
/** An estimate of less would jump about. */
const WATCHED_MS_MIN = 3_000;

export class TimeLeft {
  private moments: Moment[] = [];

  note(atMs: number, bytes: number): void {
    const last = this.moments.at(-1);
    // A few a second are enough.
    if (last !== undefined && atMs - last.atMs < 250) return;
    this.moments = [...this.moments.filter((moment) => atMs - moment.atMs <= WINDOW_MS), { atMs, bytes }];
  }

  /** Seconds until all bytes are done; undefined while nothing can be said. */
  seconds(bytesTotal: number): number | undefined {
    const [first, last] = [this.moments[0], this.moments.at(-1)];
    if (first === undefined || last === undefined || last.atMs - first.atMs < WATCHED_MS_MIN || last.bytes <= first.bytes) return undefined;
    const bytesPerMs = (last.bytes - first.bytes) / (last.atMs - first.atMs);
    return Math.ceil(Math.max(0, bytesTotal - last.bytes) / bytesPerMs / 1000);
  }
}
