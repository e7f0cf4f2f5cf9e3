import { Copy, Download } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { toast } from '../design/raised/toast.tsx';

/** Shown once: they can be copied, kept as a file or written down. */
export function RecoveryCodeList({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const { t } = useTranslation();
  const here = useRef<HTMLDivElement>(null);
  useEffect(() => {
    here.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const copy = () => {
    // A page without TLS has no clipboard; the codes are selected by a press on them.
    const copied = navigator.clipboard?.writeText(codes.join('\n')) ?? Promise.reject(new Error('no clipboard'));
    copied.then(
      () => toast(t('app.copied')),
      () => toast(t('app.notCopied'), 'problem'),
    );
  };
  return (
    <div ref={here} role="status" className="scroll-mb-4 rounded-md border border-accent/50 bg-accent-soft p-3">
      <p className="text-sm text-pretty text-accent">{t('factors.codesOnce')}</p>
      <ol className="mt-2 grid gap-x-6 gap-y-1 font-mono text-xs text-ink select-all sm:grid-cols-2" data-testid="recovery-codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button size="small" onClick={copy}>
          <Copy className="size-3.5" aria-hidden />
          {t('app.copy')}
        </Button>
        <Button size="small" asChild>
          <a download="renkei-recovery-codes.txt" href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${codes.join('\r\n')}\r\n`)}`}>
            <Download className="size-3.5" aria-hidden />
            {t('factors.saveCodes')}
          </a>
        </Button>
        <Button size="small" kind="primary" onClick={onKept}>
          {t('factors.kept')}
        </Button>
      </div>
    </div>
  );
}
