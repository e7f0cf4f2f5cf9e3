import type { TFunction } from 'i18next';
import { Keyboard } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import type { Tool } from '../../imaging/port.ts';
import { toolbarButton } from './image-toolbar.tsx';
import { TOOL_KEYS } from './key-map.ts';

export function KeyHelp() {
  const { t } = useTranslation();
  return (
    <Popover.Root>
      <Popover.Trigger aria-label={t('study.help')} className={toolbarButton}>
        <Keyboard className="size-[18px]" strokeWidth={1.75} aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          aria-label={t('study.help')}
          className="z-50 max-h-[75dvh] overflow-y-auto rounded-lg border border-line-strong bg-raised p-3 shadow-[0_16px_48px_rgb(0_0_0/0.6)]"
        >
          <dl className="grid grid-cols-[auto_auto] gap-x-5 gap-y-1 text-xs">
            {keyRows(t).map(([key, what]) => (
              <div key={key + what} className="contents">
                <dt className="text-right text-ink-2">{key}</dt>
                <dd className="text-ink">{what}</dd>
              </div>
            ))}
          </dl>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
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
