/** The one door to the reading of the image that gateway and viewer share: `gateway/codec/pixels`. */
export { WasmCodec } from '../../../gateway/codec/pixels/codestream/wasm-codec.ts';
export { presentColour, presentPalette } from '../../../gateway/codec/pixels/colour.ts';
export { type Codecs, decode } from '../../../gateway/codec/pixels/decode.ts';
export { type Display, isUsable, paintGrey, settled, type Voi, type Window as VoiWindow } from '../../../gateway/codec/pixels/display.ts';
export type { DecodedFrame, FrameToDecode } from '../../../gateway/codec/pixels/frame.ts';
export type { LookupTable } from '../../../gateway/codec/pixels/lookup-table.ts';
export { framesOfRange, type OfRange, overRange } from '../../../gateway/codec/pixels/loop.ts';
export { type ModalityValues, modalityValues } from '../../../gateway/codec/pixels/modality.ts';
export {
  hasOverlays,
  type OverlayFault,
  type OverlayMask,
  type OverlayPlane,
  overlayFaults,
  overlayMask,
  overlayPlanesOf,
  overlayReferences,
  releaseOverlay,
  withPlanes,
} from '../../../gateway/codec/pixels/overlay/overlay.ts';
export {
  type GreyPresentation,
  type Presentation,
  presentationOf,
  presentationReferences,
  type VoiChoice,
} from '../../../gateway/codec/pixels/presentation.ts';
export { readoutOf } from '../../../gateway/codec/pixels/real-world.ts';
export { geometryOf, type SpacingSource } from '../../../gateway/codec/pixels/spacing.ts';
export { pixelDescription } from '../../../gateway/domain/imaging/pixel-description.ts';
