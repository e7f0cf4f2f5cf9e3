/** `now`: the reader looks at it. `ahead`: it may be looked at next. */
export type Urgency = 'now' | 'ahead';

/** What waits its turn: of the urgent the newest first, as the reader may have gone past the others; then the rest in their order. */
export class WaitingLine<Item> {
  readonly #now: Item[] = [];
  readonly #ahead: Item[] = [];

  add(item: Item, urgency: Urgency): void {
    (urgency === 'now' ? this.#now : this.#ahead).push(item);
  }

  take(): Item | undefined {
    return this.#now.pop() ?? this.#ahead.shift();
  }

  get urgent(): number {
    return this.#now.length;
  }

  get size(): number {
    return this.#now.length + this.#ahead.length;
  }

  /** It has become urgent; nothing happens when it does not wait. */
  hasten(item: Item): void {
    if (this.remove(item)) this.#now.push(item);
  }

  remove(item: Item): boolean {
    for (const line of [this.#now, this.#ahead]) {
      const at = line.indexOf(item);
      if (at < 0) continue;
      line.splice(at, 1);
      return true;
    }
    return false;
  }
}

export interface Deferred<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
  reject(thrown: unknown): void;
}

export function deferred<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (thrown: unknown) => void = () => undefined;
  const promise = new Promise<Value>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}
