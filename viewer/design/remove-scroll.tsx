/**
 * Stands in for react-remove-scroll inside Radix dialogs and menus (see vite.config.ts).
 * The original locks the page by writing a <style> element; our pages have a fixed height, so passing the child through is enough.
 */
import { Slot } from 'radix-ui';
import type { ReactNode } from 'react';

interface Props {
  as?: unknown;
  children?: ReactNode;
  allowPinchZoom?: boolean;
  shards?: unknown;
  enabled?: boolean;
}

export function RemoveScroll({ as: _as, allowPinchZoom: _pinch, shards: _shards, enabled: _enabled, children, ...rest }: Props) {
  return <Slot.Root {...rest}>{children}</Slot.Root>;
}
