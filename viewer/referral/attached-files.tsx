import { useMutation } from '@tanstack/react-query';
import { FileText, Paperclip, X } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { LETTER_FILE_BYTES_MAX, LETTER_FILES_MAX, type Letter } from '../../gateway/api/contract/letters.ts';
import { attachLetterFile, detachLetterFile } from '../api/letters.ts';
import { Button } from '../design/button.tsx';
import { toast } from '../design/raised/toast.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';

interface Props {
  id: string;
  files: Letter['files'];
  onTold: (letter: Letter) => void;
}

/** Sent one after another, each told of by itself where it is refused. */
function useAttaching({ id, files, onTold }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  return useMutation({
    mutationFn: async (chosen: readonly File[]) => {
      const room = LETTER_FILES_MAX - files.length;
      for (const file of chosen.slice(0, room)) {
        try {
          if (file.size > LETTER_FILE_BYTES_MAX) toast(`${file.name}: ${t('refusedFor.letter-file-size')}`, 'problem');
          else onTold(await attachLetterFile(id, file));
        } catch (error) {
          toast(`${file.name}: ${errorText(error)}`, 'problem');
        }
      }
      if (chosen.length > room) toast(t('refusedFor.letter-files'), 'problem');
    },
  });
}

/** Files with the letter. */
export function AttachedFiles(props: Props) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const attach = useAttaching(props);
  return (
    <>
      <ul aria-label={t('writer.files')} className="mb-3 flex flex-col gap-1 empty:hidden">
        {props.files.map((file) => (
          <Attached key={file.id} {...props} file={file} />
        ))}
      </ul>
      <input
        ref={input}
        type="file"
        multiple
        accept=".pdf,.xml,.json,application/pdf"
        className="sr-only"
        tabIndex={-1}
        aria-hidden
        data-testid="letter-file"
        onChange={({ currentTarget }) => {
          attach.mutate([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
      <Button busy={attach.isPending} disabled={props.files.length >= LETTER_FILES_MAX} onClick={() => input.current?.click()}>
        <Paperclip className="size-4" aria-hidden />
        {t(attach.isPending ? 'writer.attaching' : 'writer.attach')}
      </Button>
    </>
  );
}

function Attached({ id, file, onTold }: Props & { file: Letter['files'][number] }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const detach = useMutation({
    mutationFn: () => detachLetterFile(id, file.id),
    onSuccess: onTold,
    onError: (error) => toast(errorText(error), 'problem'),
  });
  return (
    <li className="flex items-center gap-2 text-sm">
      <FileText className="size-4 shrink-0 text-ink-3" aria-hidden />
      <span className="min-w-0 flex-1 break-all">{file.name}</span>
      <Button
        kind="bare"
        size="icon"
        aria-label={t('writer.detach', { name: file.name })}
        busy={detach.isPending}
        onClick={() => detach.mutate()}
      >
        <X className="size-4" aria-hidden />
      </Button>
    </li>
  );
}
