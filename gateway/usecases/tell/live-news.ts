/**
 * Open pages hear within two seconds that there is something new for the people of their facility, and then ask what. One question a second to the index,
 * for all facilities that somebody listens for, on each node: what was done at another is heard in the same way.
 */
import type { ByteStream } from '../../domain/byte-stream.ts';
import type { Clock } from '../../domain/clock.ts';
import { asDomainError, DomainError } from '../../domain/errors.ts';
import type { FacilityId, UserId } from '../../domain/identifiers.ts';
import type { Log } from '../../domain/operation/log.ts';
import type { NewsIndex } from '../../domain/people/news.ts';

export const LIVE_LOOK_MS = 1_000;
/** A line that says nothing is taken for broken by proxies between. */
export const LIVE_HEARTBEAT_MS = 15_000;
/** Then the page asks for another one: what a reader left behind without a word does not stay. */
export const LIVE_STREAM_MS_MAX = 15 * 60_000;
/** Of this node: of one account, and in all. */
export const LIVE_STREAMS_PER_ACCOUNT_MAX = 6;
export const LIVE_STREAMS_MAX = 500;
/** When a page whose stream has ended asks for the next. */
const RETRY_MS = 5_000;

const LINES = new TextEncoder();
const BEGINS = LINES.encode(`retry: ${RETRY_MS}\n\n`);
const CHANGED = LINES.encode('event: news\ndata: ask\n\n');
const HEARTBEAT = LINES.encode(':\n\n');

export interface LiveReader {
  readonly userId: UserId;
  readonly facilityId: FacilityId;
  /** Calls when nobody reads any more. */
  onceOver(listener: () => void): void;
}

export interface LiveNews {
  /** Server-sent events that say no more than that there is something new. @throws too-many, busy */
  open(reader: LiveReader): Promise<ByteStream>;
  /** Streams that are open. */
  readonly streams: number;
  /** Ends all of them. */
  close(): void;
}

export interface LiveNewsParts {
  readonly news: Pick<NewsIndex, 'marks'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly streamsMax?: number;
  readonly lookMs?: number;
  readonly monotonicMs?: () => number;
}

export function createLiveNews(parts: LiveNewsParts): LiveNews {
  return new Live(parts);
}

/** Of one facility, as long as somebody listens for it. */
interface Heard {
  mark: Promise<string | undefined>;
  readonly lines: Set<Line>;
}

class Live implements LiveNews {
  readonly #parts: LiveNewsParts;
  readonly #heard = new Map<FacilityId, Heard>();
  readonly #ofAccount = new Map<UserId, number>();
  #streams = 0;
  #looking = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: LiveNewsParts) {
    this.#parts = parts;
  }

  get streams(): number {
    return this.#streams;
  }

  async open({ userId, facilityId, onceOver }: LiveReader): Promise<ByteStream> {
    this.#demandPlace(userId);
    const line = new Line(this.#now());
    const heard = this.#enter(userId, facilityId, line);
    onceOver(() => this.#leave(userId, facilityId, line));
    // What happens from here on is told: the page asks for what was before once it hears that the stream is open.
    await heard.mark;
    return line.bytes();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const { lines } of this.#heard.values()) for (const line of lines) line.end();
  }

  #demandPlace(userId: UserId): void {
    const { streamsMax = LIVE_STREAMS_MAX } = this.#parts;
    const later = { ids: { retryAfterSeconds: 60 } };
    if (this.#closed || this.#streams >= streamsMax) throw new DomainError('busy', 'too many streams are open; ask again', later);
    if ((this.#ofAccount.get(userId) ?? 0) >= LIVE_STREAMS_PER_ACCOUNT_MAX)
      throw new DomainError('too-many', 'this account has too many streams open', later);
  }

  #enter(userId: UserId, facilityId: FacilityId, line: Line): Heard {
    const before = this.#heard.get(facilityId);
    const heard = before ?? { mark: this.#markOf(facilityId), lines: new Set<Line>() };
    this.#heard.set(facilityId, heard);
    heard.lines.add(line);
    this.#ofAccount.set(userId, (this.#ofAccount.get(userId) ?? 0) + 1);
    this.#streams += 1;
    this.#timer ??= setInterval(() => this.#tick(), this.#parts.lookMs ?? LIVE_LOOK_MS).unref();
    return heard;
  }

  #leave(userId: UserId, facilityId: FacilityId, line: Line): void {
    line.end();
    const heard = this.#heard.get(facilityId);
    if (heard?.lines.delete(line) !== true) return;
    if (heard.lines.size === 0) this.#heard.delete(facilityId);
    const left = (this.#ofAccount.get(userId) ?? 1) - 1;
    if (left === 0) this.#ofAccount.delete(userId);
    else this.#ofAccount.set(userId, left);
    this.#streams -= 1;
    if (this.#streams > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = this.#now();
    for (const { lines } of this.#heard.values()) for (const line of lines) line.passed(now);
    if (this.#looking) return;
    this.#looking = true;
    void this.#look().finally(() => {
      this.#looking = false;
    });
  }

  async #look(): Promise<void> {
    const { news, clock, log } = this.#parts;
    const asked = new Map(this.#heard);
    try {
      const marks = await news.marks([...asked.keys()], clock.now());
      for (const [facilityId, heard] of asked) {
        const mark = marks.get(facilityId);
        const before = await heard.mark;
        heard.mark = Promise.resolve(mark);
        if (mark !== before) for (const line of heard.lines) line.tell();
      }
    } catch (thrown) {
      log.warn('news.not-asked', { kind: asDomainError(thrown).kind });
    }
  }

  /** Undefined: not known. The next look then tells once too often. */
  async #markOf(facilityId: FacilityId): Promise<string | undefined> {
    const { news, clock } = this.#parts;
    const marks = await news.marks([facilityId], clock.now()).catch(() => undefined);
    return marks?.get(facilityId);
  }

  #now(): number {
    return (this.#parts.monotonicMs ?? (() => performance.now()))();
  }
}

/** One stream. However slowly it is read, it holds no more than that something is new. */
class Line {
  readonly #beganAt: number;
  #saidAt: number;
  #told = false;
  #beats = false;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(now: number) {
    this.#beganAt = now;
    this.#saidAt = now;
  }

  tell(): void {
    this.#told = true;
    this.#wake?.();
  }

  passed(now: number): void {
    if (now - this.#beganAt >= LIVE_STREAM_MS_MAX) this.end();
    else if (now - this.#saidAt >= LIVE_HEARTBEAT_MS) {
      this.#saidAt = now;
      this.#beats = true;
      this.#wake?.();
    }
  }

  end(): void {
    this.#over = true;
    this.#wake?.();
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    yield BEGINS;
    while (!this.#over) {
      if (this.#told || this.#beats) {
        const piece = this.#told ? CHANGED : HEARTBEAT;
        this.#told = false;
        this.#beats = false;
        yield piece;
      } else await this.#woken();
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
