import qrcode from 'qrcode-generator';
import { useMemo } from 'react';
import { classes } from './classes.ts';

/** Modules of nothing around it, ISO/IEC 18004 section 6.3.8. */
const QUIET_MODULES = 4;

interface Props {
  text: string;
  label: string;
  className?: string;
}

/** Drawn here: what it says may be a secret. Dark on light in every theme, since readers expect it. */
export function QrCode({ text, label, className = 'size-48 rounded-md' }: Props) {
  const { path, size } = useMemo(() => drawn(text), [text]);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      className={classes('shrink-0', className)}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function drawn(text: string): { path: string; size: number } {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const lines = Array.from({ length: count }, (_row, y) =>
    Array.from({ length: count }, (_column, x) => (code.isDark(y, x) ? `M${x + QUIET_MODULES} ${y + QUIET_MODULES}h1v1h-1z` : '')).join(''),
  );
  return { path: lines.join(''), size: count + 2 * QUIET_MODULES };
}
