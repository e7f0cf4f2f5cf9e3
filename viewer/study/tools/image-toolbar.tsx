import {
  ArrowUpDown,
  Circle,
  Contrast,
  Crosshair,
  FlipHorizontal2,
  FlipVertical2,
  Hand,
  type LucideIcon,
  Pause,
  Play,
  RotateCcw,
  RotateCw,
  Ruler,
  Square,
  SunMedium,
  TriangleRight,
  ZoomIn,
} from 'lucide-react';
import { Toolbar } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classes } from '../../design/classes.ts';
import { Tip } from '../../design/tip.tsx';
import type { CellState, Tool } from '../../imaging/port.ts';
import { LAYOUTS, type Layout, layoutSize } from '../study-view.ts';
import { type ImageAction, TOOL_KEYS } from './key-map.ts';

const TOOLS: readonly (readonly [Tool, LucideIcon])[] = [
  ['window', SunMedium],
  ['scroll', ArrowUpDown],
  ['zoom', ZoomIn],
  ['pan', Hand],
  ['length', Ruler],
  ['angle', TriangleRight],
  ['ellipse', Circle],
  ['rectangle', Square],
  ['probe', Crosshair],
];

const ACTIONS: readonly (readonly [ImageAction, LucideIcon, string])[] = [
  ['invert', Contrast, 'I'],
  ['rotate', RotateCw, 'R'],
  ['flipHorizontal', FlipVertical2, 'H'],
  ['flipVertical', FlipHorizontal2, 'V'],
  ['reset', RotateCcw, '0'],
];

interface Props {
  state: CellState;
  tool: Tool;
  layout: Layout;
  /** Undefined: the series is no film. */
  framesPerSecond: number | undefined;
  onTool: (tool: Tool) => void;
  onAction: (action: ImageAction) => void;
  onLayout: (layout: Layout) => void;
  onPlay: () => void;
  children: ReactNode;
}

const button =
  'inline-grid size-9 shrink-0 place-items-center rounded-md text-ink-2 transition-colors hover:bg-hover hover:text-ink disabled:opacity-40 aria-pressed:bg-accent-soft aria-pressed:text-accent data-[state=on]:bg-accent-soft data-[state=on]:text-accent pointer-coarse:size-11';

/** `children`: what opens a menu of its own (window presets, measurements). */
export function ImageToolbar({ state, tool, layout, framesPerSecond, onTool, onAction, onLayout, onPlay, children }: Props) {
  const { t } = useTranslation();
  const none = state.count === 0;
  const pressed: Partial<Record<ImageAction, boolean>> = {
    invert: state.inverted,
    flipHorizontal: state.flippedHorizontally,
    flipVertical: state.flippedVertically,
  };
  return (
    <Toolbar.Root
      aria-label={t('study.toolbar')}
      className="flex shrink-0 flex-wrap items-center gap-x-1 gap-y-0.5 border-b border-line bg-surface px-2 py-1"
    >
      <Toolbar.ToggleGroup
        type="single"
        value={tool}
        aria-label={t('study.toolbar')}
        onValueChange={(value) => (value === '' ? undefined : onTool(value as Tool))}
        className="flex flex-wrap gap-0.5"
      >
        {TOOLS.map(([name, Icon]) => (
          <Tip key={name} text={t(`tool.${name}`)} shortcut={TOOL_KEYS[name]}>
            {/* The tip's own data-state would hide whether the tool is chosen, so the span takes the tip. */}
            <span className="inline-flex">
              <Toolbar.ToggleItem value={name} aria-label={t(`tool.${name}`)} data-tool={name} className={button}>
                <Icon className="size-[18px]" strokeWidth={1.75} aria-hidden />
              </Toolbar.ToggleItem>
            </span>
          </Tip>
        ))}
      </Toolbar.ToggleGroup>
      <Divider />
      {children}
      <Divider />
      {ACTIONS.map(([action, Icon, key]) => (
        <Tip key={action} text={t(`tool.${action}`)} shortcut={key}>
          <span className="inline-flex">
            <Toolbar.Button
              aria-label={t(`tool.${action}`)}
              aria-pressed={pressed[action]}
              disabled={none}
              onClick={() => onAction(action)}
              data-action={action}
              className={button}
            >
              <Icon className="size-[18px]" strokeWidth={1.75} aria-hidden />
            </Toolbar.Button>
          </span>
        </Tip>
      ))}
      {framesPerSecond === undefined ? null : (
        <Tip text={`${t(state.playing ? 'study.pause' : 'study.play')} · ${t('study.fps', { count: framesPerSecond })}`} shortcut="Space">
          <span className="inline-flex">
            <Toolbar.Button
              aria-label={t(state.playing ? 'study.pause' : 'study.play')}
              aria-pressed={state.playing}
              onClick={onPlay}
              data-action="play"
              className={button}
            >
              {state.playing ? <Pause className="size-[18px]" aria-hidden /> : <Play className="size-[18px]" aria-hidden />}
            </Toolbar.Button>
          </span>
        </Tip>
      )}
      <Divider />
      <Toolbar.ToggleGroup
        type="single"
        value={layout}
        aria-label={t('study.layout')}
        onValueChange={(value) => (value === '' ? undefined : onLayout(value as Layout))}
        className="flex gap-0.5"
      >
        {LAYOUTS.map((name) => (
          <Toolbar.ToggleItem
            key={name}
            value={name}
            aria-label={`${t('study.layout')} ${name.replace('x', '×')}`}
            data-layout={name}
            className={button}
          >
            <LayoutIcon layout={name} />
          </Toolbar.ToggleItem>
        ))}
      </Toolbar.ToggleGroup>
    </Toolbar.Root>
  );
}

function Divider() {
  return <span aria-hidden className="mx-1 h-5 w-px bg-line" />;
}

function LayoutIcon({ layout }: { layout: Layout }) {
  const { rows, columns } = layoutSize(layout);
  return (
    <svg viewBox="0 0 18 14" className="h-3.5 w-[18px]" fill="none" stroke="currentColor" strokeWidth="1.4" aria-hidden>
      <rect x="0.7" y="0.7" width="16.6" height="12.6" rx="1.2" />
      {columns > 1 ? <path d="M9 0.7v12.6" /> : null}
      {rows > 1 ? <path d="M0.7 7h16.6" /> : null}
    </svg>
  );
}

export const toolbarButton = classes(button, 'data-[state=open]:bg-hover data-[state=open]:text-ink');
