import { hostname } from 'node:os';
import { type AuditSenderParts, startAuditSender } from './audit-sender.ts';
import { type SyslogSettings, sendSyslog } from './syslog-tls.ts';

interface Parts extends Omit<AuditSenderParts, 'destination' | 'holder' | 'send'> {
  readonly gauge: (name: string, help: string, read: () => Promise<number>) => void;
}

/** Sends the record to the receiver that is named, if any; how to stop it. */
export function startAuditSyslog(receiver: SyslogSettings | undefined, { gauge, ...parts }: Parts): () => Promise<void> {
  if (receiver === undefined) return async () => {};
  const destination = `${receiver.host}:${receiver.port}`;
  gauge('audit_messages_waiting', 'entries of the record that the receiver of audit messages does not have yet', async () => {
    return (await parts.feed.waiting(destination)).entries;
  });
  const send = (messages: Parameters<typeof sendSyslog>[1]) => sendSyslog(receiver, messages);
  return startAuditSender({ ...parts, destination, holder: `${hostname()} ${process.pid}`, send }).stop;
}
