import { frameOf, pixelCases } from './fixtures/dicom/shared-images.ts';
import { decode } from '../gateway/codec/wasm/decode.ts';
import { present, presentationOf } from '../gateway/codec/pixels/presentation.ts';
const want = process.argv.slice(2);
for (const c of pixelCases()) {
  if (!want.some((w) => c.file.includes(w))) continue;
  const r = (await frameOf(c.path, c.frame))!;
  const d = await decode(r);
  const p = presentationOf(r.header, c.frame, r.pixel);
  const pic = present(d, p);
  const g = c.grid.map((row, y) => row.map((_, x) => { const at = (Math.floor(((y + 0.5) * pic.height) / 4) * pic.width + Math.floor(((x + 0.5) * pic.width) / 4)) * pic.channels; return pic.channels===1? pic.data[at] : [...pic.data.subarray(at, at+3)]; }));
  console.log(c.file, c.frame, pic.width, pic.height, JSON.stringify(g), JSON.stringify(c.grid), JSON.stringify({...p, choices: undefined}).slice(0,300));
}
