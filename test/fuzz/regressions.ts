/** Inputs that once showed a fault, by target and seed: `npm test` tries each. */
export const REGRESSIONS: readonly { readonly target: string; readonly seed: number; readonly showed: string }[] = [];
