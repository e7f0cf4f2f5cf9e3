import { DomainError } from '../domain/errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The value of a JSON body. RFC 8259: UTF-8; and what no text of ours can hold is refused here once, for every route: U+0000, which PostgreSQL does
 * not store, half surrogates, which no UTF-8 can carry, and `__proto__` as a name.
 * @throws invalid
 */
export function parseJsonBody(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch {
    throw new DomainError('invalid', 'the body is not JSON in UTF-8');
  }
  // Not recursive: a body of brackets alone is deeper than the stack.
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string') refuseUnlessText(next);
    else if (Array.isArray(next)) for (const item of next) left.push(item);
    else if (typeof next === 'object' && next !== null) {
      for (const [name, member] of Object.entries(next)) {
        if (name === '__proto__') throw new DomainError('invalid', 'a member may not be called __proto__');
        refuseUnlessText(name);
        left.push(member);
      }
    }
  }
  return value;
}

function refuseUnlessText(text: string): void {
  if (text.includes('\0') || /\p{Surrogate}/u.test(text)) throw new DomainError('invalid', 'a text holds a character that cannot be kept');
}
