import { networksOf } from '../people/network.ts';
import { evictOldest } from './evict-oldest.ts';

/** How many connections a door has at most. At a bound one that has not said anything is let go, or the new one is not taken. */
export interface ConnectionBounds {
  /** In all. */
  readonly connectionsMax: number;
  /** From one address. */
  readonly perAddressMax: number;
  /** `unproven` ones from one address. */
  readonly unprovenPerAddressMax: number;
  /** `unproven` ones from all addresses that are not known; the others are kept for those that are. */
  readonly unprovenUnknownMax: number;
}

/** Addresses remembered as known; those that were longest without a caller are forgotten. */
export const KNOWN_ADDRESSES_MAX = 4096;

/** `unproven`: has not said anything whole. `idle`: has, and is not needed now. `busy`: is being answered. */
export type ConnectionState = 'unproven' | 'idle' | 'busy';

export interface ConnectionPlace {
  /** Leaving `unproven` makes the address known. */
  is(state: ConnectionState): void;
  leave(): void;
}

interface Entry {
  readonly address: string;
  readonly exempt: boolean;
  readonly letGo: () => void;
  state: ConnectionState;
  inside: boolean;
  countsAsUnknown: boolean;
}

type OfAddress = Readonly<Record<ConnectionState, Set<Entry>>>;

/**
 * How many connections each address (of IPv6 each /64) has, and who goes when there are too many: of the address that has most, the one that has been silent longest.
 * So no number of connections from one address keeps another out, nor an honest caller behind the same address.
 */
export class ConnectionPlaces {
  readonly #bounds: ConnectionBounds;
  readonly #byAddress = new Map<string, OfAddress>();
  readonly #known = new Map<string, true>();
  #total = 0;
  #unprovenUnknown = 0;
  /** Let go or not taken since the last time somebody asked. */
  #turnedAway = 0;

  constructor(bounds: ConnectionBounds) {
    this.#bounds = bounds;
  }

  get total(): number {
    return this.#total;
  }

  /** How many were let go or not taken since it was last asked. */
  takeTurnedAway(): number {
    const count = this.#turnedAway;
    this.#turnedAway = 0;
    return count;
  }

  /**
   * A connection has come. `letGo` closes it; it is not called after `leave`. Undefined: there is no room, close it.
   * `exempt`: a proxy that speaks for many; it has no bound of its own.
   */
  enter(peer: string, letGo: () => void, exempt = false): ConnectionPlace | undefined {
    const address = networksOf(peer).network;
    const known = exempt || this.#known.has(address);
    if (!this.#makeRoom(address, known, exempt)) {
      this.#turnedAway += 1;
      return undefined;
    }
    const entry: Entry = { address, exempt, letGo, state: 'unproven', inside: true, countsAsUnknown: !known };
    if (entry.countsAsUnknown) this.#unprovenUnknown += 1;
    this.#add(entry);
    return { is: (state) => this.#moves(entry, state), leave: () => this.#leaves(entry) };
  }

  #moves(entry: Entry, state: ConnectionState): void {
    if (!entry.inside || state === entry.state) return;
    this.#remove(entry);
    entry.state = state;
    this.#add(entry);
    if (state === 'unproven') return;
    this.#countsAsKnown(entry);
    this.#known.delete(entry.address);
    this.#known.set(entry.address, true);
    evictOldest(this.#known, KNOWN_ADDRESSES_MAX);
  }

  #leaves(entry: Entry): void {
    if (!entry.inside) return;
    entry.inside = false;
    this.#countsAsKnown(entry);
    this.#remove(entry);
  }

  #countsAsKnown(entry: Entry): void {
    if (entry.countsAsUnknown) this.#unprovenUnknown -= 1;
    entry.countsAsUnknown = false;
  }

  #makeRoom(address: string, known: boolean, exempt: boolean): boolean {
    const { connectionsMax, perAddressMax, unprovenPerAddressMax, unprovenUnknownMax } = this.#bounds;
    const own = this.#byAddress.get(address);
    if (own !== undefined && !exempt) {
      if (own.unproven.size >= unprovenPerAddressMax) this.#letGo(own, ['unproven']);
      if (sizeOf(own) >= perAddressMax && !this.#letGo(own, ['unproven', 'idle'])) return false;
    }
    if (!known && this.#unprovenUnknown >= unprovenUnknownMax) this.#letGoOfHeaviest('unproven', (of) => !this.#known.has(of));
    if (this.#total < connectionsMax) return true;
    return this.#letGoOfHeaviest('unproven', () => true) || this.#letGoOfHeaviest('idle', () => true);
  }

  #letGoOfHeaviest(state: ConnectionState, counts: (address: string) => boolean): boolean {
    let heaviest: OfAddress | undefined;
    for (const [address, of] of this.#byAddress) {
      const [first] = of[state];
      if (first === undefined || first.exempt || !counts(address)) continue;
      if (heaviest === undefined || of[state].size > heaviest[state].size) heaviest = of;
    }
    return heaviest !== undefined && this.#letGo(heaviest, [state]);
  }

  /** The oldest in the first of these states that has any. */
  #letGo(of: OfAddress, states: readonly ConnectionState[]): boolean {
    for (const state of states) {
      const [oldest] = of[state];
      if (oldest === undefined) continue;
      this.#turnedAway += 1;
      // At once, not when its socket says that it is closed: more may come before that.
      this.#leaves(oldest);
      oldest.letGo();
      return true;
    }
    return false;
  }

  #add(entry: Entry): void {
    const of = this.#byAddress.get(entry.address) ?? { unproven: new Set(), idle: new Set(), busy: new Set() };
    this.#byAddress.set(entry.address, of);
    of[entry.state].add(entry);
    this.#total += 1;
  }

  #remove(entry: Entry): void {
    const of = this.#byAddress.get(entry.address);
    if (of?.[entry.state].delete(entry) !== true) return;
    this.#total -= 1;
    if (sizeOf(of) === 0) this.#byAddress.delete(entry.address);
  }
}

function sizeOf(of: OfAddress): number {
  return of.unproven.size + of.idle.size + of.busy.size;
}
