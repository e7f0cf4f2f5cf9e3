import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { OpenSession } from '../../gateway/api/contract/session.ts';
import { endOtherSessions, endSession, listSessions } from '../api/account.ts';
import { Button } from '../design/button.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { toast } from '../design/raised/toast.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { Failure } from '../shell/failure.tsx';

/** Where one is signed in, and how to end what one does not know. */
export function SessionPanel() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const client = useQueryClient();
  const keptFocus = useKeptFocus<HTMLDivElement>();
  const sessions = useQuery({ queryKey: ['sessions'], queryFn: ({ signal }) => listSessions(signal), select: (answer) => answer.sessions });
  const ended = async () => {
    toast(t('settings.sessionEnded'));
    await client.invalidateQueries({ queryKey: ['sessions'] });
  };
  const onError = (error: unknown) => toast(errorText(error), 'problem');
  const end = useMutation({ mutationFn: endSession, onSuccess: ended, onError });
  const endOthers = useMutation({ mutationFn: endOtherSessions, onSuccess: ended, onError });
  const others = (sessions.data ?? []).filter(({ current }) => !current).length;
  return (
    <div {...keptFocus} className="flex flex-col gap-3">
      {sessions.isError ? <Failure error={sessions.error} onRetry={() => void sessions.refetch()} /> : null}
      <ul className="divide-y divide-line">
        {(sessions.data ?? []).map((session) => (
          <SessionRow key={session.id} session={session} busy={end.isPending} onEnd={() => end.mutate(session.id)} />
        ))}
      </ul>
      {others === 0 ? null : (
        <Button className="self-start" busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
          {t('settings.endOtherSessions')}
        </Button>
      )}
    </div>
  );
}

function SessionRow({ session, busy, onEnd }: { session: OpenSession; busy: boolean; onEnd: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const device = session.device === '' ? t('settings.unknownDevice') : session.device;
  return (
    <li className="flex items-center gap-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 text-sm">
          {device}
          {session.current ? (
            <span className="rounded-full bg-accent-soft px-2 py-0.5 text-2xs text-accent">{t('settings.thisSession')}</span>
          ) : null}
        </p>
        <p className="flex flex-wrap gap-x-3 text-2xs text-ink-3">
          <span>
            {t('settings.lastUsed')} {formatInstant(session.lastUsedAt, language)}
          </span>
          <span>
            {t('settings.signedInAt')} {formatInstant(session.createdAt, language)}
          </span>
          <span>{t('entry.from', { address: session.remoteAddress })}</span>
        </p>
      </div>
      {session.current ? null : (
        <Button
          kind="bare"
          size="small"
          className="text-danger! hover:text-danger!"
          aria-label={`${t('settings.endSession')}: ${device}`}
          busy={busy}
          onClick={onEnd}
        >
          {t('settings.endSession')}
        </Button>
      )}
    </li>
  );
}
