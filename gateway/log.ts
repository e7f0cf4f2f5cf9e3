import type { Log, LogFields } from './domain/operation/log.ts';

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
  return `${quotesData(cause) ? withoutMessage(cause) : (cause.stack ?? cause.message)}${deeper}`;
}

/** JSON.parse and PostgreSQL's data exceptions (class 22 of its SQLSTATEs) quote in their message what they could not read, which may be a name. */
function quotesData(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return error instanceof SyntaxError || /^22[0-9A-Z]{3}$/.test(code);
}

function withoutMessage(error: Error): string {
  const code = 'code' in error ? ` ${String(error.code)}` : '';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line));
  return [`${error.name}${code} (its message may quote data and is left out)`, ...frames].join('\n');
}
