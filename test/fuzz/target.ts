import type { SeededRandom } from '../fixtures/seeded-random.ts';

/** What is sent: how it was made, and its bytes in the order in which they go. The same seed gives the same input. */
export interface FuzzInput {
  readonly kind: string;
  readonly parts: readonly Buffer[];
}

export interface FuzzTarget {
  readonly name: string;
  /** Before the first `make`: what the inputs are made from. */
  prepare?(): Promise<void>;
  make(random: SeededRandom): FuzzInput;
  open(): Promise<FuzzSession>;
}

/** Something running that inputs are given to. Each method tells what is wrong; nothing wrong is an empty list. */
export interface FuzzSession {
  /** Inputs that are tried at once. */
  readonly lanes: number;
  try(input: FuzzInput): Promise<readonly string[]>;
  /** After each batch. */
  check(): Promise<readonly string[]>;
  /** For the reader of the report. */
  figures?(): Readonly<Record<string, number>>;
  close(): Promise<readonly string[]>;
}
