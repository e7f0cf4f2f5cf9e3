import { FolderUp } from 'lucide-react';
import { type DragEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { useMediaQuery } from '../design/use-media-query.ts';
import { sourcesOfDrop, sourcesOfFiles } from './files/file-source.ts';
import type { ItemSource } from './files/upload-items.ts';

/** Nothing is dragged there. */
const FINGER = '(pointer: coarse)';

export function DropZone({ onSources }: { onSources: (sources: readonly ItemSource[]) => void }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const finger = useMediaQuery(FINGER);
  const what = t(finger ? 'upload.pick' : 'upload.drop');
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onSources(sourcesOfDrop(event.dataTransfer));
  };
  const choose = (input: HTMLInputElement) => {
    onSources(sourcesOfFiles(input.files ?? []));
    input.value = '';
  };
  return (
    <section
      aria-label={what}
      data-testid="drop-zone"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={classes(
        'flex flex-col items-center gap-4 rounded-lg border border-dashed px-6 py-10 text-center sm:py-16 transition-colors',
        over ? 'border-accent bg-accent-soft' : 'border-line-strong bg-surface',
      )}
    >
      <FolderUp className={classes('size-9', over ? 'text-accent' : 'text-ink-3')} strokeWidth={1.25} aria-hidden />
      <p className="text-base">{over ? t('upload.dropActive') : what}</p>
      <div className="flex flex-wrap justify-center gap-2">
        <Button kind="primary" onClick={() => files.current?.click()}>
          {t('upload.chooseFiles')}
        </Button>
        <Button onClick={() => folder.current?.click()}>{t('upload.chooseFolder')}</Button>
      </div>
      <p className="max-w-md text-xs text-ink-3">{t('upload.note')}</p>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        data-testid="files"
        aria-label={t('upload.chooseFiles')}
        onChange={(event) => choose(event.currentTarget)}
      />
      <input
        ref={(element) => {
          folder.current = element;
          // Not among React's attributes; every current browser knows it.
          element?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        hidden
        data-testid="folder"
        aria-label={t('upload.chooseFolder')}
        onChange={(event) => choose(event.currentTarget)}
      />
    </section>
  );
}
