import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ConsentPreview } from '../../gateway/api/contract/consents.ts';
import { listConsents, listPostedNotices, previewConsent } from '../api/consents.ts';
import { toast } from '../design/raised/toast.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';

/** Of a patient of the reader's own facility. */
export function useConsents(patientId: string) {
  return useQuery({
    queryKey: ['consents', patientId],
    queryFn: ({ signal }) => listConsents(patientId, signal),
    select: ({ consents }) => consents,
  });
}

/** What a consent would open; undefined: it is not said yet to whom. */
export function useReach(patientId: string, wish: ConsentPreview | undefined) {
  return useQuery({
    queryKey: ['consent-reach', patientId, wish],
    queryFn: ({ signal }) => previewConsent(patientId, wish as ConsentPreview, signal),
    enabled: wish !== undefined,
    placeholderData: keepPreviousData,
  });
}

/** Of everything: what there is of the patient at this facility, whether they died, and whether a notice hangs. */
export const WHOLE: ConsentPreview = { to: 'region', basis: 'law' };

export function usePostedNotices() {
  return useQuery({
    queryKey: ['posted-notices'],
    queryFn: ({ signal }) => listPostedNotices(signal),
    select: ({ notices }) => notices,
  });
}

const TOLD = ['consents', 'consent-reach', 'posted-notices'];

/** What is known of consents and notices is asked for anew. */
export function useConsentsChanged(): () => Promise<unknown> {
  const client = useQueryClient();
  return () => Promise.all(TOLD.map((name) => client.invalidateQueries({ queryKey: [name] })));
}

/** Something that is done to a consent or a notice: what came of it is said. */
export function useConsentAct<Asked = void>(act: (asked: Asked) => Promise<unknown>, said: string) {
  const errorText = useErrorText();
  const changed = useConsentsChanged();
  return useMutation({
    mutationFn: act,
    onSuccess: () => toast(said),
    onError: (error) => toast(errorText(error), 'problem'),
    onSettled: changed,
  });
}
