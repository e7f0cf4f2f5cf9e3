import { type PointerEvent, useEffect, useRef } from 'react';
import { drawStrokes, type Stroke, withPoint } from './strokes.ts';

interface Props {
  label: string;
  strokes: readonly Stroke[];
  onStrokes: (strokes: readonly Stroke[]) => void;
}

/** Height of the pad, of its width. */
export const PAD_HEIGHT = 0.4;

/** Written on by finger, pen or mouse. Once a pen has written, the hand that holds it writes nothing. */
export function SignaturePad({ label, strokes, onStrokes }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const writing = useRef<number>(undefined);
  const pen = useRef(false);
  const latest = useRef(strokes);
  latest.current = strokes;
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const draw = () => redraw(element, latest.current);
    const sizes = new ResizeObserver(draw);
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);
  useEffect(() => {
    if (canvas.current !== null) redraw(canvas.current, strokes);
  }, [strokes]);
  const write = (event: PointerEvent<HTMLCanvasElement>, begin: boolean) => {
    const { left, top, width } = event.currentTarget.getBoundingClientRect();
    const events = begin ? [event.nativeEvent] : coalesced(event.nativeEvent);
    latest.current = events.reduce(
      (drawn, { clientX, clientY }) => withPoint(drawn, { x: (clientX - left) / width, y: (clientY - top) / width }, begin),
      latest.current,
    );
    onStrokes(latest.current);
  };
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      data-testid="signature-pad"
      className="block w-full touch-none rounded-md border-2 border-black bg-white"
      style={{ aspectRatio: `1 / ${PAD_HEIGHT}` }}
      onPointerDown={(event) => {
        if (writing.current !== undefined || (pen.current && event.pointerType === 'touch')) return;
        pen.current ||= event.pointerType === 'pen';
        writing.current = event.pointerId;
        event.currentTarget.setPointerCapture(event.pointerId);
        write(event, true);
      }}
      onPointerMove={(event) => (writing.current === event.pointerId ? write(event, false) : undefined)}
      onPointerUp={() => {
        writing.current = undefined;
      }}
      onPointerCancel={() => {
        writing.current = undefined;
      }}
    />
  );
}

/** All that was written since the last frame; an older Safari knows only its end. */
function coalesced(event: globalThis.PointerEvent): readonly globalThis.PointerEvent[] {
  const all = event.getCoalescedEvents?.() ?? [];
  return all.length === 0 ? [event] : all;
}

function redraw(canvas: HTMLCanvasElement, strokes: readonly Stroke[]): void {
  const { clientWidth, clientHeight } = canvas;
  const ratio = window.devicePixelRatio;
  canvas.width = Math.round(clientWidth * ratio);
  canvas.height = Math.round(clientHeight * ratio);
  const context = canvas.getContext('2d');
  if (context !== null) drawStrokes(context, strokes, 0, 0, canvas.width);
}
