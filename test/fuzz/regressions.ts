/** Inputs that once showed a fault, by target and seed: `npm test` tries each. */
export const REGRESSIONS: readonly { readonly target: string; readonly seed: number; readonly showed: string }[] = [
  { target: 'query', seed: 782, showed: 'a range that a file of the viewer does not have: 500' },
];
