import { FileText, ImageOff } from 'lucide-react';
import { useCallback, useState } from 'react';
import { classes } from './classes.ts';
import { onceInSight, takeTurn } from './thumbnail-turns.ts';

interface Props {
  /** Undefined: there is none for this reader. */
  src: string | undefined;
  /** What has no picture of its own (a report) shows a sheet instead. */
  document?: boolean;
  eager?: boolean;
  className?: string;
}

/** Asks for a picture when it is in sight and its turn has come; one that is taken off the page meanwhile is asked for no longer. */
function usePicture(src: string | undefined, eager: boolean) {
  return useCallback(
    (picture: HTMLImageElement) => {
      let leave = () => {};
      const begin = () => {
        leave = takeTurn(() => {
          if (src !== undefined) picture.src = src;
        });
      };
      const unsee = eager ? begin() : onceInSight(picture, begin);
      const ended = () => leave();
      picture.addEventListener('load', ended);
      picture.addEventListener('error', ended);
      return () => {
        unsee?.();
        leave();
        // Removed alone, it would keep its connection until it had come.
        if (!picture.complete) picture.removeAttribute('src');
      };
    },
    [src, eager],
  );
}

export function Thumbnail({ src, document = false, eager = false, className }: Props) {
  const [failed, setFailed] = useState<string>();
  const [arrived, setArrived] = useState<string>();
  const picture = usePicture(src, eager);
  const Fallback = document ? FileText : ImageOff;
  return (
    <span className={classes('relative flex items-center justify-center overflow-hidden rounded-sm bg-black', className)}>
      {src === undefined || failed === src || document ? (
        <Fallback className="size-5 text-ink-3" strokeWidth={1.5} aria-hidden />
      ) : (
        <>
          {arrived === src ? null : <span aria-hidden className="absolute inset-0 animate-awaited bg-raised" />}
          <img
            ref={picture}
            alt=""
            draggable={false}
            decoding="async"
            // What was asked for by hand (a search, the picture itself) goes before the small pictures.
            fetchPriority="low"
            className="size-full object-contain"
            onLoad={() => setArrived(src)}
            onError={() => setFailed(src)}
          />
        </>
      )}
    </span>
  );
}
