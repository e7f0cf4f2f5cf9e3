import {
  BODY_IDLE_MS_MAX,
  CONTENDED_WINDOW_BYTES_MIN,
  CONTENDED_WINDOW_MS,
  RATE_WINDOW_BYTES_MIN,
  RATE_WINDOW_MS,
} from '../domain/bounds/pace.ts';
import { DomainError } from '../domain/errors.ts';
import type { ReceiveRequest } from '../domain/imaging/reception.ts';

/** Receptions under way in one process that any facility may have. Each holds one staged object and its header. */
export const RECEPTIONS_MAX = 64;
/** Of these, what one facility may hold; the next of its receptions waits. */
export const RECEPTIONS_PER_FACILITY_MAX = 24;
/** And one person or calling AE title of a facility. */
export const RECEPTIONS_PER_SENDER_MAX = 12;
/** A facility that has fewer than this is let in even when all places are taken. */
export const RECEPTIONS_RESERVED_PER_FACILITY = 4;
/** However many the facility has, a sender of it that has none is let in, up to this many more. */
export const RECEPTIONS_FOR_NEW_SENDERS = 8;
/** With what is reserved. `STAGES_MAX` of the stores is above it, so that derived work always finds a stage. */
export const RECEPTIONS_HARD_MAX = 160;

/** Receptions that wait for a place; the next is `busy` at once. */
export const WAITING_MAX = 512;
export const WAITING_PER_SENDER_MAX = 64;
/** Who has waited this long is `busy`: below what PACS and browsers wait for an answer. */
export const WAITING_MS_MAX = 20_000;

/** How often the places are looked at while somebody is in one. */
export const LOOK_MS = 1000;

/** One reception's place. `release` in every case. */
export interface ReceptionPlace {
  /** Aborts with `too-slow` when the sender is given up. */
  readonly signal: AbortSignal;
  /** From now on it is the sender's turn. */
  expecting(): void;
  /** The sender has sent so many bytes; what follows is our time. */
  received(bytes: number): void;
  /** All has come: the sender's pace is no longer looked at. */
  complete(): void;
  release(): void;
}

export interface ReceptionPlaces {
  /** Waits its turn. @throws busy; the signal's reason */
  enter(request: Pick<ReceiveRequest, 'facility' | 'source'>, signal?: AbortSignal): Promise<ReceptionPlace>;
  /** Ends what is too slow, and the waiting of who has waited too long. Called by a timer while there is somebody. */
  look(): void;
}

export interface ReceptionPlacesOptions {
  readonly receptionsMax?: number;
  /** 0: nobody is let in past `receptionsMax`. */
  readonly reservedPerFacility?: number;
  readonly forNewSenders?: number;
  /** ms that only go up. */
  readonly now?: () => number;
}

interface Waiting {
  readonly facility: string;
  readonly sender: string;
  readonly since: number;
  grant(place: Held): void;
  refuse(reason: unknown): void;
}

/**
 * Who may send now. Facilities take turns, and within a facility its senders, so that neither a busy nor a stalled sender keeps others out.
 */
export function createReceptionPlaces(options: ReceptionPlacesOptions = {}): ReceptionPlaces {
  return new Places(options);
}

class Places implements ReceptionPlaces {
  readonly #receptionsMax: number;
  readonly #reserved: number;
  readonly #forNewSenders: number;
  readonly #now: () => number;
  readonly #held = new Set<Held>();
  readonly #byFacility = new Map<string, number>();
  readonly #bySender = new Map<string, number>();
  /** By facility and sender; both maps are in the order of turns. */
  readonly #waiting = new Map<string, Map<string, Waiting[]>>();
  #waitingCount = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReceptionPlacesOptions) {
    this.#receptionsMax = options.receptionsMax ?? RECEPTIONS_MAX;
    this.#reserved = options.reservedPerFacility ?? RECEPTIONS_RESERVED_PER_FACILITY;
    this.#forNewSenders = options.forNewSenders ?? RECEPTIONS_FOR_NEW_SENDERS;
    this.#now = options.now ?? (() => performance.now());
  }

  async enter({ facility: { code }, source }: Pick<ReceiveRequest, 'facility' | 'source'>, signal?: AbortSignal): Promise<ReceptionPlace> {
    signal?.throwIfAborted();
    const sender = `${code}\n${source.userId ?? source.callingAETitle ?? source.door}`;
    const own = this.#waiting.get(code)?.get(sender)?.length ?? 0;
    if (own === 0 && this.#hasRoomFor(code, sender)) return this.#take(code, sender);
    if (this.#waitingCount >= WAITING_MAX || own >= WAITING_PER_SENDER_MAX)
      throw new DomainError('busy', 'too many instances wait to be received');
    return this.#wait(code, sender, signal);
  }

  look(): void {
    const now = this.#now();
    for (const held of [...this.#held]) held.look(now, this.#nextInTurn(held) !== undefined);
    for (const senders of [...this.#waiting.values()])
      for (const queue of [...senders.values()])
        for (const waiting of [...queue])
          if (now - waiting.since >= WAITING_MS_MAX) {
            this.#forget(waiting);
            waiting.refuse(new DomainError('busy', 'the instances being received leave no room'));
          }
  }

  /** `without`: as if this one had left already. */
  #hasRoomFor(facility: string, sender: string, without?: Held): boolean {
    const total = this.#held.size - (without === undefined ? 0 : 1);
    const ofFacility = (this.#byFacility.get(facility) ?? 0) - (without?.facility === facility ? 1 : 0);
    const ofSender = (this.#bySender.get(sender) ?? 0) - (without?.sender === sender ? 1 : 0);
    if (ofSender >= RECEPTIONS_PER_SENDER_MAX || total >= RECEPTIONS_HARD_MAX) return false;
    if (total < this.#receptionsMax && ofFacility < RECEPTIONS_PER_FACILITY_MAX) return true;
    if (ofFacility < this.#reserved) return true;
    const newcomersMax = this.#receptionsMax + RECEPTIONS_PER_FACILITY_MAX;
    return (
      this.#forNewSenders > 0 && ofSender === 0 && total < newcomersMax && ofFacility < RECEPTIONS_PER_FACILITY_MAX + this.#forNewSenders
    );
  }

  #take(facility: string, sender: string): Held {
    const held: Held = new Held(facility, sender, this.#now, () => {
      this.#held.delete(held);
      add(this.#byFacility, facility, -1);
      add(this.#bySender, sender, -1);
      this.#grant();
      if (this.#held.size === 0) this.#stopLooking();
    });
    this.#held.add(held);
    add(this.#byFacility, facility, 1);
    add(this.#bySender, sender, 1);
    this.#timer ??= setInterval(() => this.look(), LOOK_MS).unref();
    return held;
  }

  #wait(facility: string, sender: string, signal: AbortSignal | undefined): Promise<Held> {
    return new Promise<Held>((resolve, reject) => {
      const leave = () => {
        this.#forget(waiting);
        reject(signal?.reason);
      };
      const waiting: Waiting = {
        facility,
        sender,
        since: this.#now(),
        grant: (place) => {
          signal?.removeEventListener('abort', leave);
          resolve(place);
        },
        refuse: (reason) => {
          signal?.removeEventListener('abort', leave);
          reject(reason);
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      const senders = this.#waiting.get(facility) ?? new Map<string, Waiting[]>();
      this.#waiting.set(facility, senders);
      senders.set(sender, [...(senders.get(sender) ?? []), waiting]);
      this.#waitingCount += 1;
    });
  }

  /** Gives what is free to those whose turn it is: the facility, and in it the sender, that was served goes to the end. */
  #grant(): void {
    for (;;) {
      const next = this.#nextInTurn();
      if (next === undefined) return;
      this.#forget(next);
      const senders = this.#waiting.get(next.facility);
      if (senders !== undefined) {
        moveToEnd(senders, next.sender);
        moveToEnd(this.#waiting, next.facility);
      }
      next.grant(this.#take(next.facility, next.sender));
    }
  }

  #nextInTurn(without?: Held): Waiting | undefined {
    for (const [facility, senders] of this.#waiting)
      for (const [sender, [first]] of senders) if (first !== undefined && this.#hasRoomFor(facility, sender, without)) return first;
    return undefined;
  }

  #forget(waiting: Waiting): void {
    const senders = this.#waiting.get(waiting.facility);
    const queue = senders?.get(waiting.sender);
    if (senders === undefined || queue === undefined || !queue.includes(waiting)) return;
    this.#waitingCount -= 1;
    const rest = queue.filter((other) => other !== waiting);
    if (rest.length > 0) senders.set(waiting.sender, rest);
    else senders.delete(waiting.sender);
    if (senders.size === 0) this.#waiting.delete(waiting.facility);
  }

  #stopLooking(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

class Held implements ReceptionPlace {
  readonly facility: string;
  readonly sender: string;
  readonly #now: () => number;
  readonly #left: () => void;
  readonly #given = new AbortController();
  #released = false;
  /** Since when it is the sender's turn; undefined in our own time. */
  #expectingSince: number | undefined;
  /** Two windows that run beside each other, each over the sender's time alone. */
  readonly #windows = [
    { ms: RATE_WINDOW_MS, bytesMin: RATE_WINDOW_BYTES_MIN, onlyContended: false, spentMs: 0, bytes: 0 },
    { ms: CONTENDED_WINDOW_MS, bytesMin: CONTENDED_WINDOW_BYTES_MIN, onlyContended: true, spentMs: 0, bytes: 0 },
  ];

  constructor(facility: string, sender: string, now: () => number, left: () => void) {
    this.facility = facility;
    this.sender = sender;
    this.#now = now;
    this.#left = left;
  }

  get signal(): AbortSignal {
    return this.#given.signal;
  }

  expecting(): void {
    this.#expectingSince = this.#now();
  }

  received(bytes: number): void {
    const spentMs = this.#expectingSince === undefined ? 0 : this.#now() - this.#expectingSince;
    this.#expectingSince = undefined;
    for (const window of this.#windows) {
      window.spentMs += spentMs;
      window.bytes += bytes;
      // A window that brought enough in its time begins anew.
      if (window.bytes >= window.bytesMin) {
        window.spentMs = 0;
        window.bytes = 0;
      }
    }
  }

  complete(): void {
    this.#expectingSince = undefined;
    for (const window of this.#windows) window.spentMs = 0;
  }

  look(now: number, othersWait: boolean): void {
    const waitedMs = this.#expectingSince === undefined ? 0 : now - this.#expectingSince;
    const slow = this.#windows.some((window) => window.spentMs + waitedMs >= window.ms && (othersWait || !window.onlyContended));
    if (waitedMs >= BODY_IDLE_MS_MAX) this.#given.abort(new DomainError('too-slow', 'the sender has stopped sending'));
    else if (slow) this.#given.abort(new DomainError('too-slow', 'the sender is too slow'));
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#left();
  }
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

function moveToEnd<Value>(map: Map<string, Value>, key: string): void {
  const value = map.get(key);
  if (value === undefined) return;
  map.delete(key);
  map.set(key, value);
}
