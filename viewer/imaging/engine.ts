/** Starts Cornerstone3D once for the page: its bounds, its workers, how its drawings look. */
import {
  Enums as CoreEnums,
  cache,
  getRenderingCapabilities,
  getRenderingEngine,
  imageRetrievalPoolManager,
  init as initCore,
  RenderingEngine,
} from '@cornerstonejs/core';
import { init as initLoader } from '@cornerstonejs/dicom-image-loader';
import { annotation as annotations, init as initTools } from '@cornerstonejs/tools';
import { relabelExtendedJpeg } from './frame-fixes.ts';

export const ENGINE_ID = 'renkei';

/** Decoded pixels kept, bytes. A tablet reloads the tab when it takes more. */
const CACHE_BYTES_MAX = { mobile: 300 * 2 ** 20, desktop: 1200 * 2 ** 20 } as const;
/** Images on their way ahead of the reader. Two of a browser's six connections stay free for the image asked for. */
export const PREFETCH_PARALLEL_MAX = 4;
const INTERACTION_PARALLEL_MAX = 6;
const DECODERS_MAX = 4;
/** Lossless HTJ2K where the gateway has made it, a quarter of the bytes; as stored where it has not. PS3.18 8.7.3.3. */
const ACCEPT_FRAMES = [
  'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.4.202',
  'multipart/related; type="application/octet-stream"; transfer-syntax=*; q=0.9',
].join(', ');

const { RequestType } = CoreEnums;

export interface Engine {
  readonly engine: RenderingEngine;
  /** No WebGL here: drawn by the processor. */
  readonly software: boolean;
}

export function startEngine(): Engine {
  const mobile = isMobile();
  const software = getRenderingCapabilities().softwareRasterizer;
  initCore({ isMobile: mobile, rendering: { useCPURendering: software } } as Parameters<typeof initCore>[0]);
  initLoader({
    beforeSend: () => ({ Accept: ACCEPT_FRAMES }),
    beforeProcessing: async (xhr) => {
      const answer = xhr.response as ArrayBuffer;
      relabelExtendedJpeg(new Uint8Array(answer));
      return answer;
    },
    maxWebWorkers: Math.max(1, Math.min(DECODERS_MAX, Math.floor((navigator.hardwareConcurrency || 2) / 2))),
  });
  initTools();
  cache.setMaxCacheSize(mobile ? CACHE_BYTES_MAX.mobile : CACHE_BYTES_MAX.desktop);
  imageRetrievalPoolManager.setMaxSimultaneousRequests(RequestType.Prefetch, PREFETCH_PARALLEL_MAX);
  imageRetrievalPoolManager.setMaxSimultaneousRequests(RequestType.Interaction, INTERACTION_PARALLEL_MAX);
  styleDrawings();
  return { engine: (getRenderingEngine(ENGINE_ID) as RenderingEngine | undefined) ?? new RenderingEngine(ENGINE_ID), software };
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
