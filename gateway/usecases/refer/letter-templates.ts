/** What the letters of a facility's departments begin with. */
import type { LetterTemplateId } from '../../domain/identifiers.ts';
import type { LetterIndex, LetterTemplate } from '../../domain/referral/letter.ts';
import { act, type LetterAsked, proven } from './letter-entries.ts';

/** In place of the one of that number, or a new one. @throws not-found; conflict */
export function keepTemplate(
  { letters }: { readonly letters: Pick<LetterIndex, 'keepTemplate'> },
  asked: LetterAsked,
  template: Omit<LetterTemplate, 'id'> & { readonly id?: LetterTemplateId },
): Promise<LetterTemplate> {
  const change = template.id === undefined ? 'template-made' : 'template-changed';
  return letters.keepTemplate(
    asked.facility.id,
    template,
    () => [{ ...act(asked.actor), action: 'letter-template-changed', what: { changes: [change] } }],
    proven(asked),
  );
}

/** @throws not-found */
export function removeTemplate(
  { letters }: { readonly letters: Pick<LetterIndex, 'removeTemplate'> },
  asked: LetterAsked,
  id: LetterTemplateId,
): Promise<void> {
  return letters.removeTemplate(
    asked.facility.id,
    id,
    () => [{ ...act(asked.actor), action: 'letter-template-changed', what: { changes: ['template-removed'] } }],
    proven(asked),
  );
}
