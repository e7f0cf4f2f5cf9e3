import { DomainError } from '../../domain/errors.ts';

/**
 * What one header may come to. A file of a few megabytes can hold millions of items or values, each of which costs hundreds of bytes once it
 * is JSON; enhanced objects of 20,000 frames, with their functional groups, stay below all of these.
 */
export const ELEMENTS_MAX = 1_000_000;
export const ITEMS_MAX = 500_000;
/** Values in the JSON; a person name counts as four. More are Bulk Data by reference. */
export const VALUES_MAX = 2_000_000;
/** Bytes of values in the JSON. What would be more is Bulk Data by reference. */
export const INLINE_BYTES_MAX = 16 * 1024 * 1024;
/** Items, elements and values read, also where some had to be read again because the file came in pieces. */
export const WORK_MAX = 20_000_000;
/** Reads for one header; a file built to need more is not read on. */
export const HEADER_READS_MAX = 4096;

/** What the main thread reads of one header: some tens of milliseconds. More is read in a thread (`gateway/codec/threads/header-threads.ts`). */
export const WORK_HERE_MAX = 20_000;
export const BYTES_HERE_MAX = 1024 * 1024;
export const FRAGMENTS_HERE_MAX = 20_000;

/** Thrown where a header is more than the main thread may read. It is no error: the header is read again elsewhere. */
export const TOO_MUCH_HERE = Symbol('more than the main thread reads');

/** Counts what is read of one header, File Meta Information and data set together. */
export class HeaderBudget {
  readonly #here: boolean;
  #elements = 0;
  #items = 0;
  #values = 0;
  #inlineBytes = 0;
  #work = 0;
  #bytes = 0;
  #reads = 0;

  /** @param here on the main thread: TOO_MUCH_HERE is thrown past what it may read */
  constructor(here = false) {
    this.#here = here;
  }

  /** @throws too-large */
  element(): void {
    this.#elements += 1;
    if (this.#elements > ELEMENTS_MAX) throw new DomainError('too-large', 'header-too-many-elements');
    this.#worked(1);
  }

  /** @throws too-large */
  item(): void {
    this.#items += 1;
    if (this.#items > ITEMS_MAX) throw new DomainError('too-large', 'header-too-many-items');
    this.#worked(1);
  }

  /** Whether a value of so many bytes and values may stand in the JSON; false: by reference. */
  takesValue(bytes: number, values: number): boolean {
    const taken = this.#values + values <= VALUES_MAX && this.#inlineBytes + bytes <= INLINE_BYTES_MAX;
    this.#worked(taken ? values : 1);
    if (!taken) return false;
    this.#values += values;
    this.#inlineBytes += bytes;
    return true;
  }

  /** @throws too-large */
  read(bytes: number): void {
    this.#reads += 1;
    this.#bytes += bytes;
    if (this.#here && this.#bytes > BYTES_HERE_MAX) throw TOO_MUCH_HERE;
    if (this.#reads > HEADER_READS_MAX) throw new DomainError('too-large', 'header-too-large');
  }

  /** @throws too-large */
  fragments(count: number): void {
    if (this.#here && count > FRAGMENTS_HERE_MAX) throw TOO_MUCH_HERE;
  }

  /** What was counted so far, to go back to when an element is read again. The work that was done stays counted. */
  mark(): readonly [elements: number, items: number, values: number, inlineBytes: number] {
    return [this.#elements, this.#items, this.#values, this.#inlineBytes];
  }

  reset(mark: readonly [elements: number, items: number, values: number, inlineBytes: number]): void {
    [this.#elements, this.#items, this.#values, this.#inlineBytes] = mark;
  }

  #worked(units: number): void {
    this.#work += units;
    if (this.#here && this.#work > WORK_HERE_MAX) throw TOO_MUCH_HERE;
    if (this.#work > WORK_MAX) throw new DomainError('too-large', 'header-too-large');
  }
}
