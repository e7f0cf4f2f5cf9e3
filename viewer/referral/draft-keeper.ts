/**
 * A draft as it stands on the page, kept as it is written: one save at a time, each with the revision that was seen last. Where another window saved it
 * meanwhile nothing is overwritten until its writer has chosen.
 */
import type { Letter, LetterContent, SaveLetter } from '../../gateway/api/contract/letters.ts';

/** After the last key. */
export const REST_MS = 1_200;

/** What its writer decides of a draft. */
export interface DraftState {
  readonly kind: Letter['kind'];
  readonly to: Letter['to'];
  readonly toPerson: Letter['toPerson'];
  readonly content: LetterContent;
  readonly studies: Letter['studies'];
}

export type SaveState =
  | { readonly kind: 'saved'; readonly at: Date }
  | { readonly kind: 'unsaved' | 'saving' | 'changed' }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface DraftOnPage {
  readonly draft: DraftState;
  readonly files: Letter['files'];
  readonly save: SaveState;
}

export interface DraftPorts {
  readonly save: (body: SaveLetter) => Promise<Letter>;
  readonly read: () => Promise<Letter>;
  /** Another window saved it. */
  readonly isChanged: (error: unknown) => boolean;
  readonly saved: (letter: Letter) => void;
  readonly now: () => Date;
}

export class DraftKeeper {
  readonly #ports: DraftPorts;
  readonly #tell = new Set<() => void>();
  #page: DraftOnPage;
  /** What the gateway has of it. */
  #kept: DraftState;
  #revision: number;
  #running: Promise<boolean> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(first: Letter, ports: DraftPorts) {
    this.#ports = ports;
    this.#kept = stateOf(first);
    this.#revision = first.revision;
    this.#page = { draft: this.#kept, files: first.files, save: { kind: 'saved', at: ports.now() } };
  }

  readonly page = (): DraftOnPage => this.#page;

  get revision(): number {
    return this.#revision;
  }

  readonly watch = (tell: () => void): (() => void) => {
    this.#tell.add(tell);
    return () => this.#tell.delete(tell);
  };

  readonly change = (part: Partial<DraftState>): void => {
    const changed = this.#page.save.kind === 'changed';
    this.#show({ draft: { ...this.#page.draft, ...part }, ...(changed ? {} : { save: { kind: 'unsaved' } }) });
    if (!changed) this.#soon();
  };

  readonly write = (part: Partial<LetterContent>): void => this.change({ content: { ...this.#page.draft.content, ...part } });

  readonly told = ({ files }: Letter): void => this.#show({ files });

  /** All that is on the page is kept when it resolves true. */
  readonly keep = async (): Promise<boolean> => {
    clearTimeout(this.#timer);
    while (this.#running !== undefined) await this.#running;
    if (this.#page.draft === this.#kept) return true;
    this.#running = this.#save(this.#page.draft);
    return this.#running;
  };

  /** Of the two what the other window saved, or what is here. */
  readonly settle = async (which: 'theirs' | 'mine'): Promise<void> => {
    const theirs = await this.#ports.read();
    this.#revision = theirs.revision;
    this.#kept = stateOf(theirs);
    if (which === 'theirs') return this.#show({ draft: this.#kept, files: theirs.files, save: { kind: 'saved', at: this.#ports.now() } });
    this.#show({ files: theirs.files, save: { kind: 'unsaved' } });
    await this.keep();
  };

  async #save(sent: DraftState): Promise<boolean> {
    this.#show({ save: { kind: 'saving' } });
    try {
      const saved = await this.#ports.save(bodyOf(sent, this.#revision));
      this.#revision = saved.revision;
      this.#kept = sent;
      this.#ports.saved(saved);
      const done = this.#page.draft === sent;
      this.#show({ save: done ? { kind: 'saved', at: this.#ports.now() } : { kind: 'unsaved' } });
      if (!done) this.#soon();
      return true;
    } catch (error) {
      this.#show({ save: this.#ports.isChanged(error) ? { kind: 'changed' } : { kind: 'failed', error } });
      return false;
    } finally {
      this.#running = undefined;
    }
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.keep(), REST_MS);
  }

  #show(part: Partial<DraftOnPage>): void {
    this.#page = { ...this.#page, ...part };
    for (const tell of this.#tell) tell();
  }
}

function stateOf({ kind, to, toPerson, content, studies }: Letter): DraftState {
  return { kind, to, toPerson, content, studies };
}

function bodyOf({ kind, to, toPerson, content, studies }: DraftState, revision: number): SaveLetter {
  return {
    revision,
    kind,
    ...(to === null ? {} : { to: to.code }),
    ...(toPerson === null ? {} : { toPerson: toPerson.id }),
    content,
    studies: studies.map(({ studyInstanceUID, of, keyImages }) => ({ studyInstanceUID, of, keyImages })),
  };
}
