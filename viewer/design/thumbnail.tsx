import { FileText, ImageOff } from 'lucide-react';
import { useState } from 'react';
import { classes } from './classes.ts';

interface Props {
  src: string;
  /** What has no picture of its own (a report) shows a sheet instead. */
  document?: boolean;
  eager?: boolean;
  className?: string;
}

export function Thumbnail({ src, document = false, eager = false, className }: Props) {
  const [failed, setFailed] = useState<string>();
  const [arrived, setArrived] = useState<string>();
  const Fallback = document ? FileText : ImageOff;
  return (
    <span className={classes('relative flex items-center justify-center overflow-hidden rounded-sm bg-black', className)}>
      {failed === src || document ? (
        <Fallback className="size-5 text-ink-3" strokeWidth={1.5} aria-hidden />
      ) : (
        <>
          {arrived === src ? null : <span aria-hidden className="absolute inset-0 animate-awaited bg-raised" />}
          <img
            src={src}
            alt=""
            draggable={false}
            decoding="async"
            // What was asked for by hand (a search, the picture itself) goes before the small pictures.
            fetchPriority="low"
            loading={eager ? 'eager' : 'lazy'}
            className="size-full object-contain"
            onLoad={() => setArrived(src)}
            onError={() => setFailed(src)}
          />
        </>
      )}
    </span>
  );
}
