import { DomainError } from '../domain/errors.ts';
import type { RenderFormat, RenderOptions } from '../domain/imaging/rendering.ts';
import { covers, type MediaRange } from './media/media-types.ts';

export const JPEG_QUALITY_DEFAULT = 90;
/** Output pixels along one side. */
export const VIEWPORT_PIXELS_MAX = 16_384;

type Window = NonNullable<RenderOptions['window']>;
type Viewport = NonNullable<RenderOptions['viewport']>;
interface ImageSize {
  readonly rows: number;
  readonly columns: number;
}

const WINDOW_FUNCTIONS: Readonly<Record<string, Window['function']>> = {
  linear: 'LINEAR',
  'linear-exact': 'LINEAR_EXACT',
  sigmoid: 'SIGMOID',
};

/** How a rendering goes out. */
export interface RenderedOffer {
  readonly format: RenderFormat;
  readonly multipart: boolean;
}

/** Rendered media types of images, PS3.18 table 8.7.4-1: JPEG is the default. @throws not-acceptable */
export function chooseRendered(ranges: readonly MediaRange[]): RenderedOffer {
  for (const range of ranges) {
    const multipart = covers(range, 'multipart/related') && range.type === 'multipart';
    const [type = '*', subtype = '*'] = multipart
      ? (range.parameters.get('type') ?? 'image/jpeg').toLowerCase().split('/')
      : [range.type, range.subtype];
    const inner = { ...range, type, subtype };
    if (covers(inner, 'image/jpeg')) return { format: 'image/jpeg', multipart };
    if (covers(inner, 'image/png')) return { format: 'image/png', multipart };
  }
  throw new DomainError('not-acceptable', 'images are rendered as image/jpeg or image/png');
}

/** `window=center,width,function`, PS3.18 8.3.5.1.4. @throws invalid */
export function parseWindow(text: string): Window {
  const [center = '', width = '', name = 'linear', ...more] = text.split(',').map((part) => part.trim());
  const shape = WINDOW_FUNCTIONS[name.toLowerCase()];
  if (more.length > 0 || shape === undefined)
    throw new DomainError('invalid', 'window: center,width,function with linear, linear-exact or sigmoid');
  return windowOf(center, width, shape);
}

/** @throws invalid: LINEAR needs a width of at least 1, the others one above 0 (PS3.3 C.11.2.1.2) */
export function windowOf(center: string, width: string, shape: Window['function']): Window {
  const window = { center: decimal('window center', center), width: decimal('window width', width), function: shape };
  if (window.width < (shape === 'LINEAR' ? 1 : Number.MIN_VALUE)) throw new DomainError('invalid', 'window: the width is too small');
  return window;
}

/**
 * `viewport=vw,vh[,sx,sy,sw,sh]`, PS3.18 8.3.5.1.3: output size, and the region of the image that is shown. Missing: from the upper left
 * corner, to the lower right. @throws invalid
 */
export function parseViewport(text: string, image: ImageSize): Viewport {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length !== 2 && parts.length !== 6) throw new DomainError('invalid', 'viewport: vw,vh or vw,vh,sx,sy,sw,sh');
  const [vw = '', vh = '', sx = '', sy = '', sw = '', sh = ''] = parts;
  const size = { columns: pixels('viewport width', vw), rows: pixels('viewport height', vh) };
  if (parts.length === 2 || (sx === '' && sy === '' && sw === '' && sh === '')) return size;
  const x = sx === '' ? 0 : decimal('viewport sx', sx);
  const y = sy === '' ? 0 : decimal('viewport sy', sy);
  const width = sw === '' ? image.columns - x : decimal('viewport sw', sw);
  const height = sh === '' ? image.rows - y : decimal('viewport sh', sh);
  return { ...size, source: region(x, y, width, height, image) };
}

/** `region=xmin,ymin,xmax,ymax` of WADO-URI, as parts of the image from 0 to 1. PS3.18 9.1.2.4. @throws invalid */
export function parseRegion(text: string, image: ImageSize): NonNullable<Viewport['source']> {
  const parts = text.split(',').map((part) => decimal('region', part.trim()));
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = parts;
  if (parts.length !== 4 || parts.some((part) => part < 0 || part > 1) || x0 >= x1 || y0 >= y1) {
    throw new DomainError('invalid', 'region: xmin,ymin,xmax,ymax, each from 0 to 1');
  }
  return { x: x0 * image.columns, y: y0 * image.rows, width: (x1 - x0) * image.columns, height: (y1 - y0) * image.rows };
}

/** Pixels of an output side. @throws invalid */
export function pixels(name: string, text: string): number {
  const value = /^\d{1,6}(\.0*)?$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > VIEWPORT_PIXELS_MAX) throw new DomainError('invalid', `${name}: 1 to ${VIEWPORT_PIXELS_MAX} pixels`);
  return value;
}

/** 1 to 100, PS3.18 8.3.5.1.2. @throws invalid */
export function parseQuality(text: string | undefined): number {
  if (text === undefined) return JPEG_QUALITY_DEFAULT;
  const value = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 100) throw new DomainError('invalid', 'quality: a whole number from 1 to 100');
  return value;
}

function region(x: number, y: number, width: number, height: number, image: ImageSize): NonNullable<Viewport['source']> {
  const outside = x < 0 || y < 0 || x + Math.abs(width) > image.columns || y + Math.abs(height) > image.rows;
  if (width === 0 || height === 0 || outside) throw new DomainError('invalid', 'viewport: the region lies outside of the image');
  return { x, y, width, height };
}

function decimal(name: string, text: string): number {
  if (!/^[+-]?(\d{1,12}(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?$/.test(text)) throw new DomainError('invalid', `${name}: not a number`);
  return Number(text);
}
