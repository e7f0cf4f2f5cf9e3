/** How slowly bytes may come, or be taken, before whoever should send or take them is given up; at every door. Our own time does not count. */

/** A body that brings no byte for this long is given up. It is longer than TCP repeats a lost packet. */
export const BODY_IDLE_MS_MAX = 30_000;
/** Nobody sends or takes an image at less than 256 bytes a second; over a minute. */
export const RATE_WINDOW_MS = 60_000;
export const RATE_WINDOW_BYTES_MIN = 256 * 60;
/** The same when others wait for the place that it holds: 4 KiB a second over ten. A line of 5 Mbit/s shared by 100 uploads gives more. */
export const CONTENDED_WINDOW_MS = 10_000;
export const CONTENDED_WINDOW_BYTES_MIN = 10 * 4096;
