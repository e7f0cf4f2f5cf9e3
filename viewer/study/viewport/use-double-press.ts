import { type PointerEvent, useRef } from 'react';

/** Two presses within this time and distance are one double press, with mouse, pen and finger alike. ms; CSS px. */
export const DOUBLE_PRESS_MS = 400;
export const DOUBLE_PRESS_PX = 24;
/** A press that moves further is a drag. */
const DRAG_PX = 6;

interface Press {
  readonly at: number;
  readonly x: number;
  readonly y: number;
  /** Of which pointer and kind; two fingers are no double press. */
  readonly pointerType: string;
}

/** Whether the press that has just ended is the second of a double press. The browser's own event is taken by the drawing library. */
export function isDoublePress(before: Press | undefined, now: Press): boolean {
  if (before === undefined || before.pointerType !== now.pointerType) return false;
  return now.at - before.at <= DOUBLE_PRESS_MS && Math.hypot(now.x - before.x, now.y - before.y) <= DOUBLE_PRESS_PX;
}

/** Handlers for the capture phase. `isOn`: only presses there count. */
export function useDoublePress(isOn: (target: Element) => boolean, onDouble: () => void) {
  const down = useRef<(Press & { readonly pointerId: number }) | undefined>(undefined);
  const last = useRef<Press | undefined>(undefined);
  const pressOf = ({ timeStamp, clientX, clientY, pointerType }: PointerEvent): Press => ({
    at: timeStamp,
    x: clientX,
    y: clientY,
    pointerType,
  });
  return {
    onPointerDownCapture: (event: PointerEvent) => {
      const counts = event.isPrimary && event.button === 0 && event.target instanceof Element && isOn(event.target);
      down.current = counts ? { ...pressOf(event), pointerId: event.pointerId } : undefined;
      if (!counts) last.current = undefined;
    },
    onPointerUpCapture: (event: PointerEvent) => {
      const began = down.current;
      down.current = undefined;
      if (began === undefined || began.pointerId !== event.pointerId) return;
      const press = pressOf(event);
      const dragged = Math.hypot(press.x - began.x, press.y - began.y) > DRAG_PX;
      const double = !dragged && isDoublePress(last.current, press);
      last.current = dragged || double ? undefined : press;
      if (double) onDouble();
    },
  };
}
