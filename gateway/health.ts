import { agreementOf, clockWords, type DatabaseClock } from './domain/operation/database-clock.ts';
import type { Log } from './domain/operation/log.ts';
import { type HttpAnswer, type HttpRequest, jsonAnswer } from './doorstep/exchange.ts';
import { mayReadMetrics } from './doorstep/metrics-reader.ts';
import type { RouteTable } from './doorstep/route.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

export interface HealthParts {
  readonly readiness: () => Promise<Readiness>;
  /** Doors that other machines reach without TLS: `/readyz` names them. */
  readonly plainDoors: readonly string[];
  readonly databaseClock: Pick<DatabaseClock, 'aheadMs'>;
  readonly metrics: Metrics;
  /** Undefined: the metrics have a port of their own. */
  readonly metricsFor: { readonly token: string | undefined } | undefined;
  readonly log: Log;
}

const ALIVE = jsonAnswer(200, { alive: true });

/** What the machines that keep this one running ask. */
export function healthDoor(parts: HealthParts): RouteTable {
  const { metricsFor } = parts;
  return {
    prefix: '',
    routes: [
      { method: 'GET', path: '/healthz', action: 'open', answer: async () => ALIVE },
      { method: 'GET', path: '/readyz', action: 'open', answer: () => ready(parts) },
      ...(metricsFor === undefined
        ? []
        : [
            {
              method: 'GET' as const,
              path: '/metrics',
              action: 'open' as const,
              answer: (request: HttpRequest) => metricsAnswer(parts.metrics, request, metricsFor.token),
            },
          ]),
    ],
    refuse: (thrown, { id }) => {
      parts.log.error('http.unexpected', { requestId: id }, thrown);
      return jsonAnswer(500, { error: 'internal', requestId: id });
    },
  };
}

async function ready({ readiness, plainDoors, databaseClock: { aheadMs } }: HealthParts): Promise<HttpAnswer> {
  const answer = await readiness();
  const warnings = plainDoors.map((door) => ({ what: door, why: 'reached by other machines without TLS' }));
  if (agreementOf(aheadMs) === 'drifts') warnings.push({ what: 'clock', why: clockWords(aheadMs) });
  return jsonAnswer(answer.ready ? 200 : 503, { ...answer, ...(warnings.length === 0 ? {} : { warnings }) });
}

async function metricsAnswer(metrics: Metrics, request: HttpRequest, token: string | undefined): Promise<HttpAnswer> {
  if (mayReadMetrics(request, token)) return { status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.text() };
  const message = 'the metrics are for direct callers of this machine, or for who shows RENKEI_METRICS_TOKEN';
  return jsonAnswer(403, { error: 'denied', message });
}
