/** The same keys with any text: what the other language of a room must have, no key less and none more. */
export type Words<T> = { readonly [K in keyof T]: T[K] extends string ? string : Words<T[K]> };
