/** How much memory pictures may take, and which of them leave it first. Plain computation. */

const MIB = 2 ** 20;
/** Of what the machine has; a tab shares it with the browser, the system and other programs. */
const SHARE_OF_MACHINE = 1 / 25;
const BYTES_MIN = 64 * MIB;
/** With script, codecs, canvases and what the browser has not yet collected a tab takes about three times this: gateway/decisions/cornerstone3d.md. */
const BYTES_MAX = { desktop: 144 * MIB, mobile: 96 * MIB } as const;
/** Where the browser does not tell. */
const MACHINE_GIB_DEFAULT = 4;
/** For frames as they came: of a series in HTJ2K all of a thousand slices. To decode one again takes less than a frame of the screen. */
const SHARE_OF_FRAMES = 2 / 3;

export interface MemoryBudget {
  /** Frames as they came: the smallest form. */
  readonly frameBytes: number;
  /** Decoded, near the reader. */
  readonly pictureBytes: number;
}

/** `machineGiB`: navigator.deviceMemory. */
export function memoryBudget(machineGiB: number | undefined, mobile: boolean): MemoryBudget {
  const share = (machineGiB ?? MACHINE_GIB_DEFAULT) * 2 ** 30 * SHARE_OF_MACHINE;
  const bytes = Math.min(mobile ? BYTES_MAX.mobile : BYTES_MAX.desktop, Math.max(BYTES_MIN, share));
  const frameBytes = Math.floor(bytes * SHARE_OF_FRAMES);
  return { frameBytes, pictureBytes: Math.floor(bytes - frameBytes) };
}

/** How soon the reader may come to `index`: the way he goes counts half. The order of `prefetchOrder`. */
export function remoteness(index: number, current: number, direction: number): number {
  const steps = (index - current) * (direction < 0 ? -1 : 1);
  return steps >= 0 ? steps / 2 : -steps;
}

export interface Held {
  readonly key: string;
  readonly bytes: number;
  /** 0: on screen. */
  readonly remoteness: number;
}

/** What leaves so that the rest fits, the farthest first; what is on screen stays whatever it takes. */
export function leaving(held: readonly Held[], bytesMax: number): readonly string[] {
  let bytes = held.reduce((sum, one) => sum + one.bytes, 0);
  if (bytes <= bytesMax) return [];
  const gone: string[] = [];
  for (const one of [...held].sort((a, b) => b.remoteness - a.remoteness)) {
    if (bytes <= bytesMax || one.remoteness === 0) break;
    bytes -= one.bytes;
    gone.push(one.key);
  }
  return gone;
}
