import type { Log, LogFields } from './domain/log.ts';

export type LogLevel = 'info' | 'warn' | 'error' | 'silent';
const RANK: Readonly<Record<LogLevel, number>> = { info: 0, warn: 1, error: 2, silent: 3 };

/** One JSON line an event, on standard error: standard output belongs to the ready line and to `--json`. */
export function createLog(level: LogLevel, write: (line: string) => void = (line) => void process.stderr.write(line)): Log {
  const at = (rank: LogLevel, event: string, fields: LogFields = {}, cause?: unknown) => {
    if (RANK[rank] < RANK[level]) return;
    const trouble = cause === undefined ? {} : { cause: describe(cause) };
    write(`${JSON.stringify({ time: new Date().toISOString(), level: rank, event, ...fields, ...trouble })}\n`);
  };
  return {
    info: (event, fields) => at('info', event, fields),
    warn: (event, fields) => at('warn', event, fields),
    error: (event, fields, cause) => at('error', event, fields, cause),
  };
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const deeper = cause.cause === undefined ? '' : `\ncaused by ${describe(cause.cause)}`;
  return `${cause.stack ?? cause.message}${deeper}`;
}
