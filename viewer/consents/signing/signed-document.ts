/** What was signed, as it is kept: the words that stood on the screen, and the signature below them, as one picture. */
import { drawStrokes, type Stroke } from './strokes.ts';

/** A4 at 150 dpi across; as high as it takes. */
const WIDTH_PX = 1240;
const MARGIN_PX = 100;
const FONT_PX = 30;
const LINE_PX = 46;
const TITLE_PX = 40;
const FONT = '"Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic", Meiryo, sans-serif';

export interface Signed {
  readonly title: string;
  /** Paragraphs above the signature. */
  readonly text: readonly string[];
  /** Lines below it. */
  readonly below: readonly string[];
  readonly strokes: readonly Stroke[];
  /** Of the pad it was written on, of its width. */
  readonly padHeight: number;
}

/** A PNG. */
export async function signedDocument({ title, text, below, strokes, padHeight }: Signed): Promise<Blob> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser has no canvas');
  const inner = WIDTH_PX - 2 * MARGIN_PX;
  context.font = `${FONT_PX}px ${FONT}`;
  const widthOf = (words: string) => context.measureText(words).width;
  const lines = text.flatMap((paragraph) => [...wrapped(paragraph, inner, widthOf), '']);
  const padTop = MARGIN_PX + 2 * TITLE_PX + lines.length * LINE_PX;
  const padBottom = padTop + inner * padHeight;
  canvas.width = WIDTH_PX;
  canvas.height = Math.round(padBottom + (below.length + 1) * LINE_PX + MARGIN_PX);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = '#000';
  context.font = `bold ${TITLE_PX}px ${FONT}`;
  context.fillText(title, MARGIN_PX, MARGIN_PX + TITLE_PX);
  context.font = `${FONT_PX}px ${FONT}`;
  for (const [at, line] of lines.entries()) context.fillText(line, MARGIN_PX, MARGIN_PX + 2 * TITLE_PX + (at + 1) * LINE_PX);
  context.strokeStyle = '#666';
  context.strokeRect(MARGIN_PX, padTop, inner, inner * padHeight);
  drawStrokes(context, strokes, MARGIN_PX, padTop, inner);
  for (const [at, line] of below.entries()) context.fillText(line, MARGIN_PX, padBottom + (at + 1) * LINE_PX + FONT_PX / 2);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob === null ? reject(new Error('the picture could not be made')) : resolve(blob)), 'image/png'),
  );
}

/** Lines that are no wider: a Japanese text ends anywhere, a Latin one between words. */
export function wrapped(text: string, width: number, widthOf: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of text.match(/[\p{Script=Latin}\p{N}\p{P}]+\s*|\s+|./gu) ?? []) {
    if (line !== '' && widthOf(line + piece.trimEnd()) > width && !/^[、。）」]/.test(piece)) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += piece;
  }
  return [...lines, line.trimEnd()];
}
