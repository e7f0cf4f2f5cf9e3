import type { IncomingMessage } from 'node:http';

/** What a request is told before any door sees it. */
export interface Refusal {
  readonly status: 400 | 405 | 415 | 417;
  readonly error: 'invalid' | 'method-not-allowed' | 'unsupported';
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A query of more is not read: a hundred UIDs of 64 characters fit, and thousands of words are not taken apart. */
export const QUERY_CHARS_MAX = 8_192;

/** Methods that the routes of this path take; undefined: there is no such route, or one that takes any path. */
export type MethodsAt = (path: string) => readonly string[] | undefined;

/**
 * Host and port, RFC 3986 3.2.2. What the client calls us goes into URLs, headers and JSON text.
 */
const HOST = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?$/;

/**
 * What no door has to look at again: headers given twice, the form of Host (RFC 9112 3.2), of the target and its escapes (RFC 3986 2.1), of the query, and codings of a
 * body that nobody undoes (RFC 9110 15.5.16). A target in absolute form (RFC 9112 3.2.2) is turned into the origin form that it stands for.
 */
export function refusalOf(request: IncomingMessage, methodsAt: MethodsAt): Refusal | undefined {
  return (
    absoluteForm(request) ??
    repeated(request) ??
    wrongHost(request) ??
    wrongTarget(request.url ?? '') ??
    wrongMethod(request, methodsAt) ??
    wrongCoding(request)
  );
}

function absoluteForm(request: IncomingMessage): Refusal | undefined {
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(request.url ?? '');
  if (absolute === null) return undefined;
  const [, authority = '', rest = ''] = absolute;
  if (!HOST.test(authority)) return invalid('malformed request target');
  request.headers.host = authority;
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  return undefined;
}

/** RFC 9110 5.3: given once. Of a second one Node says nothing, and a proxy before us may have gone by that. */
const ONCE: ReadonlySet<string> = new Set(['host', 'authorization', 'content-type', 'content-length']);

function repeated({ rawHeaders }: IncomingMessage): Refusal | undefined {
  const seen: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (!ONCE.has(name)) continue;
    if (seen.includes(name)) return invalid(`the header ${name} is given more than once`);
    seen.push(name);
  }
  return undefined;
}

function wrongHost(request: IncomingMessage): Refusal | undefined {
  const { host } = request.headers;
  return host !== undefined && !HOST.test(host) ? invalid('malformed Host') : undefined;
}

function wrongTarget(target: string): Refusal | undefined {
  if (target.length - target.indexOf('?') - 1 > QUERY_CHARS_MAX && target.includes('?')) {
    return invalid(`a query has at most ${QUERY_CHARS_MAX} characters`);
  }
  if (!target.startsWith('/') || !/^[\x21\x22\x24-\x7e]*$/.test(target)) return invalid('malformed request target');
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return wrongPath(path) ?? (mark < 0 ? undefined : wrongQuery(target.slice(mark + 1)));
}

function wrongPath(path: string): Refusal | undefined {
  // Nothing is escaped, empty or begins with a dot: nearly every path.
  if (!/[%\\]|\/[/.]/.test(path)) return undefined;
  const segments = path.split('/').slice(1);
  for (const [at, segment] of segments.entries()) {
    const text = decoded(segment);
    if (text === undefined || hasControl(text) || text.includes('\\')) return invalid('malformed path');
    if (segment === '' && at < segments.length - 1) return invalid('the path has an empty segment');
    // Also behind an escaped slash: whoever decodes first must not climb.
    if (text.split('/').some((step) => step === '.' || step === '..')) return invalid('the path has a dot segment');
  }
  return undefined;
}

function wrongQuery(query: string): Refusal | undefined {
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decoded(pair.slice(equals + 1));
    if (name === undefined || value === undefined) return invalid('malformed escape in the query');
    if (hasControl(name) || value.includes('\0')) return invalid('a control character in the query');
    if (/[[\]]/.test(name)) return invalid('a parameter is given by its name alone; lists by repeating it');
  }
  return undefined;
}

function wrongMethod(request: IncomingMessage, methodsAt: MethodsAt): Refusal | undefined {
  const target = request.url ?? '';
  const mark = target.indexOf('?');
  const methods = methodsAt(mark < 0 ? target : target.slice(0, mark));
  if (methods === undefined || methods.includes(request.method ?? '')) return undefined;
  const allow = methods.join(', ');
  return { status: 405, error: 'method-not-allowed', message: `this address takes ${allow}`, headers: { allow } };
}

function wrongCoding(request: IncomingMessage): Refusal | undefined {
  const transfer = request.headers['transfer-encoding'];
  if (transfer !== undefined && transfer.trim().toLowerCase() !== 'chunked') return invalid('no transfer coding but chunked is taken');
  const coding = request.headers['content-encoding'];
  const hasBody = transfer !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (coding === undefined || !hasBody || coding.split(',').every((name) => /^\s*(identity)?\s*$/i.test(name))) return undefined;
  const message = 'a body is taken without Content-Encoding only';
  return { status: 415, error: 'unsupported', message, headers: { 'accept-encoding': 'identity' } };
}

/** Undefined when an escape is broken or the bytes are not UTF-8. */
function decoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) < 0x20 || text.charCodeAt(at) === 0x7f) return true;
  return false;
}

function invalid(message: string): Refusal {
  return { status: 400, error: 'invalid', message };
}

/** Looks methods up by the router's patterns: `:name` is one segment, `*` the rest. Patterns that take any path are left out. */
export function methodTable(routes: readonly { readonly method: string; readonly url: string }[]): MethodsAt {
  const bySegments = new Map<number | '*', { readonly pattern: RegExp; readonly methods: string[] }[]>();
  const byUrl = new Map<string, string[]>();
  for (const { method, url } of routes) {
    if (url === '/*' || url === '*') continue;
    const methods = byUrl.get(url);
    if (methods !== undefined) {
      if (!methods.includes(method)) methods.push(method);
      methods.sort();
      continue;
    }
    const fresh = [method];
    byUrl.set(url, fresh);
    const size = url.includes('*') ? '*' : segmentsOf(url);
    bySegments.set(size, [...(bySegments.get(size) ?? []), { pattern: patternOf(url), methods: fresh }]);
  }
  const ofAnySize = bySegments.get('*') ?? [];
  return (path) => {
    let found: readonly string[] | undefined;
    for (const patterns of [bySegments.get(segmentsOf(path)) ?? [], ofAnySize]) {
      for (const { pattern, methods } of patterns) {
        if (pattern.test(path)) found = found === undefined ? methods : [...new Set([...found, ...methods])].sort();
      }
    }
    return found;
  };
}

function segmentsOf(path: string): number {
  let count = 1;
  for (let at = path.indexOf('/'); at >= 0 && at < path.length - 1; at = path.indexOf('/', at + 1)) count += 1;
  return count;
}

function patternOf(url: string): RegExp {
  const source = url
    .replace(/\/$/, '')
    .split('/')
    .map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')))
    .join('/');
  return new RegExp(`^${source}/?$`);
}
