/** Every share ends; five years is how long the record is kept. */
export const SHARE_DAYS_MAX = 365 * 5;
