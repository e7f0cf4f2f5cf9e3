/** What the gateway counts for its operator. `gateway/main.ts` turns it into metrics; labels are codes from short lists. */
export interface Counters {
  add(name: CounterName, by: number, labels?: Readonly<Record<string, string>>): void;
}

export type CounterName =
  | 'received_instances' // labels: door, outcome
  | 'received_bytes' // labels: door
  | 'receive_failures' // labels: door, kind
  | 'tasks_run' // labels: kind, outcome
  | 'derived_objects' // labels: what, outcome
  | 'swept_claims' // labels: outcome
  | 'requests_refused' // labels: status
  | 'connections_turned_away' // labels: door, event
  | 'damaged_objects' // labels: what (original, quarantine, file, derived), problem
  | 'mended_objects' // labels: what
  | 'scrub_objects' // labels: stage
  | 'scrub_bytes' // labels: stage
  | 'scrub_passes'
  | 'record_breaks'
  | 'audit_messages_sent'
  | 'audit_sendings_failed'
  | 'mails_sent' // labels: purpose (code, news)
  | 'mails_not_sent' // labels: purpose, end (later, given-up)
  | 'clock_steps'; // labels: direction

export const NO_COUNTERS: Counters = { add: () => {} };
