import {
  ArrowUpDown,
  Circle,
  Contrast,
  Crosshair,
  Ellipsis,
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
import { Toolbar, Tooltip } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { classes } from '../../design/classes.ts';
import { Sheet } from '../../design/raised/sheet.tsx';
import { Tip } from '../../design/raised/tip.tsx';
import { PHONE, useMediaQuery } from '../../design/use-media-query.ts';
import type { CellState, Tool } from '../../imaging/port.ts';
import { LAYOUTS, type Layout, layoutSize } from '../study-view.ts';
import { type ImageAction, TOOL_KEYS } from './key-map.ts';

const TIP_AFTER_MS = 500;

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

const PHONE_TOOLS: ReadonlySet<Tool> = new Set<Tool>(['window', 'scroll', 'zoom', 'length']);
/** Room for every button in one row. A finger's are wider, and a tablet has not got it, however it is held. */
const WHOLE = '(min-width: 1160px), (pointer: fine) and (min-width: 1024px)';
/** Of what has no room for all: enough for the layouts too, as a tablet on its side. */
const LYING = '(min-width: 1000px)';

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
  /** What opens a menu of its own. */
  windowMenu: ReactNode;
  measurementMenu: ReactNode;
  keyHelp: ReactNode;
}

const button =
  'inline-grid size-9 shrink-0 place-items-center rounded-md text-ink-2 transition-colors hover:bg-hover hover:text-ink disabled:opacity-40 aria-pressed:bg-accent-soft aria-pressed:text-accent data-[state=on]:bg-accent-soft data-[state=on]:text-accent pointer-coarse:size-11';
export const toolbarButton = classes(button, 'data-[state=open]:bg-hover data-[state=open]:text-ink');

/** One row; what has no room in it is in a sheet: on a tablet some of what turns the picture, on a phone all but what every picture needs. */
export function ImageToolbar(props: Props) {
  const { t } = useTranslation();
  const phone = useMediaQuery(PHONE);
  const whole = useMediaQuery(WHOLE);
  return (
    <Toolbar.Root
      aria-label={t('study.toolbar')}
      data-testid="toolbar"
      className={classes(
        'flex shrink-0 items-center border-b border-line bg-surface py-1',
        phone ? 'justify-between px-1' : 'gap-x-1 px-2',
      )}
    >
      <Tooltip.Provider delayDuration={TIP_AFTER_MS}>
        {phone ? <PhoneRow {...props} /> : whole ? <WholeRow {...props} /> : <TabletRow {...props} />}
      </Tooltip.Provider>
    </Toolbar.Root>
  );
}

function WholeRow(props: Props) {
  return (
    <>
      <ToolButtons {...props} tools={TOOLS} />
      <Divider />
      {props.windowMenu}
      {props.measurementMenu}
      {props.keyHelp}
      <Divider />
      <ActionButtons {...props} actions={ACTIONS} />
      <PlayButton {...props} />
      <Divider />
      <LayoutButtons {...props} />
    </>
  );
}

function TabletRow(props: Props) {
  const lying = useMediaQuery(LYING);
  return (
    <>
      <ToolButtons {...props} tools={TOOLS} />
      <Divider />
      {props.windowMenu}
      {props.measurementMenu}
      {lying ? props.keyHelp : null}
      <PlayButton {...props} />
      <ActionButtons {...props} actions={ACTIONS.filter(([action]) => action === 'reset')} />
      {lying ? (
        <>
          <Divider />
          <LayoutButtons {...props} />
        </>
      ) : null}
      <MoreButton {...props} here={TOOLS} />
    </>
  );
}

function PhoneRow(props: Props) {
  const tools = TOOLS.filter(([tool]) => PHONE_TOOLS.has(tool));
  return (
    <>
      <ToolButtons {...props} tools={tools} />
      {props.windowMenu}
      {/* A film is played more often than it is turned back. */}
      {props.framesPerSecond === undefined ? (
        <ActionButtons {...props} actions={ACTIONS.filter(([action]) => action === 'reset')} />
      ) : (
        <PlayButton {...props} />
      )}
      <MoreButton {...props} here={tools} />
    </>
  );
}

/** Opens the sheet; shows the chosen tool when that has no button in the row. `here`: those that have. */
function MoreButton({ here, ...props }: Props & { here: typeof TOOLS }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const inSheet = here.some(([tool]) => tool === props.tool) ? undefined : TOOLS.find(([tool]) => tool === props.tool);
  const Icon = inSheet?.[1] ?? Ellipsis;
  return (
    <Sheet
      open={open}
      onOpenChange={setOpen}
      title={t('study.toolbar')}
      trigger={
        <Toolbar.Button aria-label={t('tool.more')} aria-pressed={inSheet !== undefined} data-action="more" className={toolbarButton}>
          <Icon className="size-[18px]" strokeWidth={1.75} aria-hidden />
        </Toolbar.Button>
      }
    >
      <SheetTools {...props} onDone={() => setOpen(false)} />
    </Sheet>
  );
}

/** Everything the toolbar can do, with its name beside its sign. What is chosen closes the sheet, so that the picture is seen. */
function SheetTools({ state, tool, layout, onTool, onAction, onLayout, onDone, measurementMenu, keyHelp }: Props & { onDone: () => void }) {
  const { t } = useTranslation();
  const item =
    'flex min-h-11 items-center gap-2.5 rounded-md px-2.5 text-left text-sm text-ink-2 hover:bg-hover aria-pressed:bg-accent-soft aria-pressed:text-accent disabled:opacity-40';
  const then = (act: () => void) => () => {
    act();
    onDone();
  };
  return (
    <div className="flex flex-col gap-4">
      <div className="grid grid-cols-2 gap-1">
        {TOOLS.map(([name, Icon]) => (
          <button
            key={name}
            type="button"
            className={item}
            data-tool={name}
            aria-pressed={tool === name}
            onClick={then(() => onTool(name))}
          >
            <Icon className="size-[18px] shrink-0" strokeWidth={1.75} aria-hidden />
            {t(`tool.${name}`)}
          </button>
        ))}
      </div>
      <div className="grid grid-cols-2 gap-1 border-t border-line pt-3">
        {ACTIONS.map(([action, Icon]) => (
          <button
            key={action}
            type="button"
            className={item}
            data-action={action}
            aria-pressed={pressedOf(state)[action]}
            disabled={state.count === 0}
            onClick={then(() => onAction(action))}
          >
            <Icon className="size-[18px] shrink-0" strokeWidth={1.75} aria-hidden />
            {t(`tool.${action}`)}
          </button>
        ))}
      </div>
      <SheetRow name={t('study.layout')}>
        {LAYOUTS.map((name) => (
          <button
            key={name}
            type="button"
            aria-label={`${t('study.layout')} ${name.replace('x', '×')}`}
            data-layout={name}
            aria-pressed={layout === name}
            onClick={then(() => onLayout(name))}
            className={button}
          >
            <LayoutIcon layout={name} />
          </button>
        ))}
      </SheetRow>
      <SheetRow name={t('measure.title')}>{measurementMenu}</SheetRow>
      <SheetRow name={t('study.howTo')}>{keyHelp}</SheetRow>
    </div>
  );
}

function SheetRow({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-center gap-1 border-t border-line pt-3">
      <span className="mr-auto pl-2.5 text-sm text-ink-2">{name}</span>
      {children}
    </div>
  );
}

function ToolButtons({ tool, onTool, tools }: Pick<Props, 'tool' | 'onTool'> & { tools: typeof TOOLS }) {
  const { t } = useTranslation();
  return (
    <Toolbar.ToggleGroup
      type="single"
      value={tool}
      aria-label={t('study.toolbar')}
      onValueChange={(value) => (value === '' ? undefined : onTool(value as Tool))}
      className="flex gap-0.5"
    >
      {tools.map(([name, Icon]) => (
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
  );
}

function ActionButtons({ state, onAction, actions }: Pick<Props, 'state' | 'onAction'> & { actions: typeof ACTIONS }) {
  const { t } = useTranslation();
  return actions.map(([action, Icon, key]) => (
    <Tip key={action} text={t(`tool.${action}`)} shortcut={key}>
      <span className="inline-flex">
        <Toolbar.Button
          aria-label={t(`tool.${action}`)}
          aria-pressed={pressedOf(state)[action]}
          disabled={state.count === 0}
          onClick={() => onAction(action)}
          data-action={action}
          className={button}
        >
          <Icon className="size-[18px]" strokeWidth={1.75} aria-hidden />
        </Toolbar.Button>
      </span>
    </Tip>
  ));
}

function pressedOf(state: CellState): Partial<Record<ImageAction, boolean>> {
  return { invert: state.inverted, flipHorizontal: state.flippedHorizontally, flipVertical: state.flippedVertically };
}

function PlayButton({ state, framesPerSecond, onPlay }: Pick<Props, 'state' | 'framesPerSecond' | 'onPlay'>) {
  const { t } = useTranslation();
  if (framesPerSecond === undefined) return null;
  return (
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
  );
}

function LayoutButtons({ layout, onLayout }: Pick<Props, 'layout' | 'onLayout'>) {
  const { t } = useTranslation();
  return (
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
