import { DomainError } from '../../domain/errors.ts';
import type { TransferSyntaxUID } from '../../domain/identifiers.ts';
import type { SyntaxWish } from '../../usecases/retrieve/retrieve-instances.ts';
import { covers, essenceOf, type MediaRange } from './media-types.ts';

export const DICOM = 'application/dicom';

/** In which container DICOM files go out, and in which transfer syntaxes they are accepted, best first. */
export interface DicomOffer {
  readonly container: 'multipart' | 'single';
  readonly wishes: readonly SyntaxWish[];
}

/**
 * DICOM media types, PS3.18 8.7.3.2 and 8.7.5. A single part can only hold a single instance.
 * @throws not-acceptable
 */
export function chooseDicom(ranges: readonly MediaRange[], single: boolean): DicomOffer {
  let container: DicomOffer['container'] | undefined;
  const wishes: SyntaxWish[] = [];
  for (const range of ranges) {
    const kind = containerOf(range);
    if (kind === undefined || (kind === 'single' && !single)) continue;
    container ??= kind;
    if (kind === container) wishes.push(wishOf(range));
  }
  if (container === undefined) throw new DomainError('not-acceptable', 'DICOM instances are given as application/dicom');
  return { container, wishes };
}

function containerOf(range: MediaRange): DicomOffer['container'] | undefined {
  if (range.type === 'multipart') {
    const type = range.parameters.get('type') ?? DICOM;
    const fits = covers(range, 'multipart/related') && (type.toLowerCase() === DICOM || type === '*/*' || type === 'application/*');
    return fits ? 'multipart' : undefined;
  }
  if (essenceOf(range) === '*/*') return 'multipart';
  return covers(range, DICOM) ? 'single' : undefined;
}

function wishOf(range: MediaRange): SyntaxWish {
  const syntax = range.parameters.get('transfer-syntax');
  return syntax === undefined ? 'default' : (syntax as TransferSyntaxUID | '*');
}
