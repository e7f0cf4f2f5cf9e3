/** Starts Cornerstone3D once for the page: its bounds, how its drawings look. */
import { cache, getRenderingEngine, init as initCore, RenderingEngine } from '@cornerstonejs/core';
import { annotation as annotations, init as initTools } from '@cornerstonejs/tools';
import { type MemoryBudget, memoryBudget } from './loader/memory.ts';

export const ENGINE_ID = 'renkei';

/** The library never lets go of a picture by itself: what is kept is decided in `viewer/imaging/loader/pictures.ts`. Bytes. */
const LIBRARY_CACHE_BYTES = 2 ** 33;

export interface Engine {
  readonly engine: RenderingEngine;
  readonly budget: MemoryBudget;
}

/** Stacks are painted by ourselves on every machine, so no WebGL context is there to be lost; see gateway/decisions/cornerstone3d.md. */
export function startEngine(): Engine {
  const mobile = isMobile();
  initCore({ isMobile: mobile, rendering: { useCPURendering: true } } as Parameters<typeof initCore>[0]);
  initTools();
  cache.setMaxCacheSize(LIBRARY_CACHE_BYTES);
  styleDrawings();
  return {
    engine: (getRenderingEngine(ENGINE_ID) as RenderingEngine | undefined) ?? new RenderingEngine(ENGINE_ID),
    budget: memoryBudget((navigator as { deviceMemory?: number }).deviceMemory, mobile),
  };
}

function isMobile(): boolean {
  return /Android|iPhone|iPad|Mobile/i.test(navigator.userAgent) || (/Mac/.test(navigator.platform) && navigator.maxTouchPoints > 2);
}

function styleDrawings(): void {
  const styles = annotations.config.style;
  const defaults = styles.getDefaultToolStyles();
  styles.setDefaultToolStyles({
    ...defaults,
    global: {
      ...defaults.global,
      color: 'rgb(226, 176, 105)',
      colorHighlighted: 'rgb(255, 214, 153)',
      colorSelected: 'rgb(255, 226, 180)',
      lineWidth: '1.5',
      textBoxColor: 'rgb(240, 214, 176)',
      textBoxColorHighlighted: 'rgb(255, 226, 180)',
      textBoxColorSelected: 'rgb(255, 226, 180)',
      textBoxFontFamily: getComputedStyle(document.body).fontFamily,
      textBoxFontSize: '13px',
      // Bone and contrast are as bright as the text.
      textBoxBackground: 'rgb(0 0 0 / 0.6)',
      textBoxBorderRadius: 3,
      textBoxMargin: 4,
    },
  });
}
