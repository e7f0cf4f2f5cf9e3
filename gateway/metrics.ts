import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Counters } from './domain/operation/counters.ts';

/** Label sets are small and closed: codes and route patterns, never ids. Past this many a counter ignores new ones. */
export const LABEL_SETS_MAX = 500;

/** Counters of the rooms, requests and gauges as Prometheus reads them. */
export interface Metrics extends Counters {
  /** Any room's counter: `renkei_<name>_total`. Every call for one name brings the same labels. */
  count(name: string, by: number, labels?: Readonly<Record<string, string>>): void;
  /** Seconds a request took, by route pattern. */
  request(route: string, method: string, status: number, seconds: number): void;
  /** Read when somebody asks for the metrics; NaN when it cannot be read. */
  gauge(name: string, help: string, read: () => Promise<number> | number): void;
  text(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map<string, { readonly counter: Counter; readonly seen: Set<string> }>();
  const requests = new Histogram({
    name: 'renkei_http_request_seconds',
    help: 'seconds from request to the end of the answer',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 1, 5, 30],
    registers: [registry],
  });

  function count(name: string, by: number, labels: Readonly<Record<string, string>> = {}): void {
    const entry = counters.get(name) ?? {
      counter: new Counter({
        name: `renkei_${name}_total`,
        help: name.replaceAll('_', ' '),
        labelNames: Object.keys(labels),
        registers: [registry],
      }),
      seen: new Set<string>(),
    };
    counters.set(name, entry);
    const key = JSON.stringify(labels);
    if (!entry.seen.has(key)) {
      if (entry.seen.size >= LABEL_SETS_MAX) return;
      entry.seen.add(key);
    }
    entry.counter.inc(labels, by);
  }

  return {
    count,
    add: count,
    request: (route, method, status, seconds) => requests.observe({ route, method, status }, seconds),
    gauge(name, help, read) {
      new Gauge({
        name: `renkei_${name}`,
        help,
        registers: [registry],
        async collect() {
          this.set(await valueOrNaN(read));
        },
      });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

async function valueOrNaN(read: () => Promise<number> | number): Promise<number> {
  try {
    return await read();
  } catch {
    return Number.NaN;
  }
}
