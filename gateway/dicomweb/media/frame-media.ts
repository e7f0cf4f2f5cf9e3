import { EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, transferSyntax } from '../../dicom/dictionary/transfer-syntax.ts';
import { DomainError } from '../../domain/errors.ts';
import { covers, essenceOf, type MediaRange } from './media-types.ts';

/** HTJ2K Lossless RPCL: the form that ingest derives frames in. */
export const HTJ2K_LOSSLESS_RPCL = '1.2.840.10008.1.2.4.202';
const OCTETS = 'application/octet-stream';

/** One way to give frames that the client accepts. */
export interface FrameOffer {
  readonly multipart: boolean;
  readonly form: 'stored' | 'native' | 'htj2k';
  /** Media type of the frame, without parameters. */
  readonly mediaType: string;
  readonly transferSyntaxUID: string;
}

/** Names that older clients use for media types of PS3.18 table 8.7.3-5. */
const ALIASES: Readonly<Record<string, string>> = {
  'image/x-jls': 'image/jls',
  'image/x-dicom-rle': 'image/dicom-rle',
  'image/j2c': 'image/jphc',
  'image/jhc': 'image/jphc',
  'video/mpeg2': 'video/mpeg',
  'video/h265': 'video/mp4',
};

/**
 * The ways in which frames stored in this transfer syntax can be given, best first. PS3.18 8.7.3.3 and table 8.7.3-5.
 * Uncompressed frames are always Explicit VR Little Endian; the caller tries an `htj2k` offer, as those frames may not be derived yet.
 * @param single exactly one frame is asked for, so that it can stand alone
 * @throws not-acceptable
 */
export function frameOffers(ranges: readonly MediaRange[], stored: string, canDecode: boolean, single: boolean): readonly FrameOffer[] {
  const offers: FrameOffer[] = [];
  for (const range of ranges) {
    const multipart = range.type === 'multipart' || essenceOf(range) === '*/*';
    if (!multipart && !single) continue;
    if (range.type === 'multipart' && !covers(range, 'multipart/related')) continue;
    for (const offer of formsOf(innerType(range), range.parameters.get('transfer-syntax'), stored, canDecode)) {
      offers.push({ multipart, ...offer });
    }
  }
  if (offers.length === 0)
    throw new DomainError('not-acceptable', 'the frames cannot be made in any media type and transfer syntax that is accepted');
  return offers;
}

function innerType(range: MediaRange): string {
  const named = range.type === 'multipart' ? (range.parameters.get('type') ?? '*/*').toLowerCase() : essenceOf(range);
  return ALIASES[named] ?? named;
}

type Form = Omit<FrameOffer, 'multipart'>;

function formsOf(type: string, syntax: string | undefined, stored: string, canDecode: boolean): readonly Form[] {
  const { encapsulated, mediaType } = transferSyntax(stored);
  const native: Form[] = canDecode ? [{ form: 'native', mediaType: OCTETS, transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN }] : [];
  const asStored = (as: string): Form[] => (encapsulated ? [{ form: 'stored', mediaType: as, transferSyntaxUID: stored }] : native);
  const derived = (as: string): Form[] =>
    stored === HTJ2K_LOSSLESS_RPCL ? asStored(as) : [{ form: 'htj2k', mediaType: as, transferSyntaxUID: HTJ2K_LOSSLESS_RPCL }];

  if (type === OCTETS || type === 'application/*' || type === '*/*') {
    if (syntax === undefined) return type === '*/*' ? [...native, ...asStored(mediaType)] : native;
    if (syntax === '*') return asStored(OCTETS);
    if (syntax === EXPLICIT_VR_LITTLE_ENDIAN || syntax === IMPLICIT_VR_LITTLE_ENDIAN) return native;
    if (syntax === stored) return asStored(OCTETS);
    return syntax === HTJ2K_LOSSLESS_RPCL ? derived(OCTETS) : [];
  }
  if (!encapsulated && type !== 'image/jphc') return [];
  const [kind] = type.split('/');
  const isStored = type === mediaType || (type.endsWith('/*') && mediaType.startsWith(`${kind}/`));
  if (isStored && (syntax === undefined || syntax === '*' || syntax === stored)) return asStored(mediaType);
  if (type === 'image/jphc' && (syntax === undefined || syntax === '*' || syntax === HTJ2K_LOSSLESS_RPCL)) return derived(type);
  return [];
}

/** Content-Type of one frame. */
export function contentTypeOf(offer: FrameOffer): string {
  return `${offer.mediaType}; transfer-syntax=${offer.transferSyntaxUID}`;
}
