import type { TFunction } from 'i18next';
import { Keyboard, Pointer } from 'lucide-react';
import { Popover as Radix } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { Popover } from '../../design/raised/popover.tsx';
import { useMediaQuery } from '../../design/use-media-query.ts';
import type { Tool } from '../../imaging/port.ts';
import { toolbarButton } from './image-toolbar.tsx';
import { TOOL_KEYS } from './key-map.ts';

const FINGER = '(pointer: coarse)';
/** A tablet may have a mouse, and then a keyboard too, which a page is not told of. */
const MOUSE = '(any-pointer: fine)';

/** What keys, mouse and fingers do, as far as the device has them. */
export function KeyHelp() {
  const { t } = useTranslation();
  const finger = useMediaQuery(FINGER);
  const mouse = useMediaQuery(MOUSE) || !finger;
  const label = t(finger ? 'study.gestures' : 'study.help');
  const Icon = finger ? Pointer : Keyboard;
  return (
    <Popover
      label={label}
      align="end"
      className="max-h-[75dvh] max-w-[calc(100vw-1rem)] p-3"
      trigger={
        <Radix.Trigger aria-label={label} data-testid="key-help" className={toolbarButton}>
          <Icon className="size-[18px]" strokeWidth={1.75} aria-hidden />
        </Radix.Trigger>
      }
    >
      <dl className="grid grid-cols-[auto_auto] gap-x-5 gap-y-1 text-xs pointer-coarse:gap-y-2 pointer-coarse:text-sm">
        {[...(finger ? gestureRows(t) : []), ...(mouse ? keyRows(t) : [])].map(([by, what]) => (
          <div key={by + what} className="contents">
            <dt className="text-right text-ink-2">{by}</dt>
            <dd className="text-ink">{what}</dd>
          </div>
        ))}
      </dl>
    </Popover>
  );
}

/** Fingers in a picture → what they do (`viewer/imaging/tools.ts` binds them). */
function gestureRows(t: TFunction): readonly (readonly [string, string])[] {
  return [
    [t('gesture.one'), t('gesture.chosenTool')],
    [t('gesture.two'), t('gesture.zoomAndPan')],
    [t('gesture.three'), t('gesture.scroll')],
    [t('gesture.doubleTap'), t('gesture.maximise')],
    [t('gesture.edge'), t('gesture.slide')],
  ];
}

/** Key → what it does. */
function keyRows(t: TFunction): readonly (readonly [string, string])[] {
  return [
    [`${t('key.wheel')} ↑ ↓`, t('key.scroll')],
    ['PgUp PgDn', t('key.page')],
    ['Home End', t('key.ends')],
    ['← →', t('key.series')],
    [t('key.rightDrag'), t('tool.zoom')],
    [t('key.middleDrag'), t('tool.pan')],
    ['+ −', t('key.zoomInOut')],
    ['1 – 9', t('key.presets')],
    ['O', t('key.ownWindows')],
    ['G', t('key.overlays')],
    ['N / B', t('key.cells')],
    ['M', t('key.maximise')],
    ['Space', t('key.play')],
    ['Delete', t('key.delete')],
    ...(Object.entries(TOOL_KEYS) as [Tool, string][]).map(([tool, key]): [string, string] => [key, t(`tool.${tool}`)]),
    ['I', t('tool.invert')],
    ['R', t('tool.rotate')],
    ['H / V', `${t('tool.flipHorizontal')} / ${t('tool.flipVertical')}`],
    ['0', t('tool.reset')],
  ];
}
