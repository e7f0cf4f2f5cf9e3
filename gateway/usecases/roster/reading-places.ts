/** Which files are read at a time. Each may hold a hundred thousand patients in memory, and none may be held back for ever by a slow sender of another. */
import { CONTENDED_WINDOW_BYTES_MIN, CONTENDED_WINDOW_MS } from '../../domain/bounds/pace.ts';
import { DomainError } from '../../domain/errors.ts';
import type { FacilityCode } from '../../domain/identifiers.ts';
import type { RosterBytes } from './roster.ts';

/** Of one process, and one of a facility. */
export const ROSTERS_READ_AT_ONCE_MAX = 2;
const BUSY_RETRY_AFTER_S = 10;

/** `release` in every case. */
export interface ReadingPlace {
  /** The file as it comes. @throws too-slow when its place was needed and hardly anything came */
  bytes(sent: RosterBytes): RosterBytes;
  release(): void;
}

export class ReadingPlaces {
  readonly #now: () => number;
  readonly #held = new Map<FacilityCode, Held>();

  /** `now`: ms that only go up. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @throws busy */
  enter(facility: FacilityCode): ReadingPlace {
    const own = this.#held.get(facility);
    const inTheWay = own === undefined ? (this.#held.size < ROSTERS_READ_AT_ONCE_MAX ? [] : [...this.#held.values()]) : [own];
    const slow = inTheWay.find((held) => held.isSlow());
    if (inTheWay.length > 0 && slow === undefined)
      throw new DomainError('busy', 'other lists are being read', {
        ids: { reason: 'rosters-reading', retryAfterSeconds: BUSY_RETRY_AFTER_S },
      });
    slow?.giveUp();
    const place = new Held(this.#now, () => {
      if (this.#held.get(facility) === place) this.#held.delete(facility);
    });
    this.#held.set(facility, place);
    return place;
  }
}

/** Our own time does not count: only while the next piece is waited for. */
class Held implements ReadingPlace {
  readonly #now: () => number;
  readonly release: () => void;
  readonly #givenUp: Promise<never>;
  #giveUp: (reason: DomainError) => void = () => {};
  #waitsSince: number | undefined;
  #waitedMs = 0;
  #bytes = 0;
  #wasSlow = false;

  constructor(now: () => number, release: () => void) {
    this.#now = now;
    this.release = release;
    this.#givenUp = new Promise((_, reject) => {
      this.#giveUp = reject;
    });
    // It may be given up while nobody waits for its next piece.
    this.#givenUp.catch(() => {});
  }

  isSlow(): boolean {
    const waits = this.#waitsSince === undefined ? 0 : this.#now() - this.#waitsSince;
    return this.#wasSlow || isTooLittle(this.#waitedMs + waits, this.#bytes);
  }

  giveUp(): void {
    this.#giveUp(new DomainError('too-slow', 'others wait, and hardly anything comes'));
    this.release();
  }

  async *bytes(sent: RosterBytes): AsyncGenerator<Uint8Array> {
    const pieces = sent[Symbol.asyncIterator]();
    try {
      for (;;) {
        this.#waitsSince = this.#now();
        const next = await Promise.race([pieces.next(), this.#givenUp]);
        this.#came(next.done === true ? 0 : next.value.length);
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      // Not awaited: a piece that never comes would keep it.
      void Promise.resolve(pieces.return?.()).catch(() => {});
    }
  }

  #came(bytes: number): void {
    this.#waitedMs += this.#now() - (this.#waitsSince ?? this.#now());
    this.#waitsSince = undefined;
    this.#bytes += bytes;
    if (this.#waitedMs < CONTENDED_WINDOW_MS) return;
    this.#wasSlow = isTooLittle(this.#waitedMs, this.#bytes);
    this.#waitedMs = 0;
    this.#bytes = 0;
  }
}

function isTooLittle(waitedMs: number, bytes: number): boolean {
  return waitedMs >= CONTENDED_WINDOW_MS && bytes < (CONTENDED_WINDOW_BYTES_MIN * waitedMs) / CONTENDED_WINDOW_MS;
}
