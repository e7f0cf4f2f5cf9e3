import { useTranslation } from 'react-i18next';
import type { Translation } from '../i18n/translation.ts';

/** Body Part Examined (0018,0015), PS3.16 Annex L, those that are met every day. */
const KNOWN = {
  HEAD: true,
  SKULL: true,
  BRAIN: true,
  NECK: true,
  CHEST: true,
  HEART: true,
  BREAST: true,
  ABDOMEN: true,
  PELVIS: true,
  CSPINE: true,
  TSPINE: true,
  LSPINE: true,
  SPINE: true,
  SHOULDER: true,
  ELBOW: true,
  HAND: true,
  WRIST: true,
  HIP: true,
  KNEE: true,
  ANKLE: true,
  FOOT: true,
  EXTREMITY: true,
  LIVER: true,
  KIDNEY: true,
  STOMACH: true,
  COLON: true,
  WHOLEBODY: true,
} satisfies Record<keyof Translation['bodyPart'], true>;

/** Parts of the body in the reader's words; a code that has none is shown as it is. */
export function useBodyParts(): (bodyParts: readonly string[]) => string {
  const { t } = useTranslation();
  return (bodyParts) =>
    bodyParts.map((code) => (Object.hasOwn(KNOWN, code) ? t(`bodyPart.${code as keyof typeof KNOWN}`) : code)).join(t('app.and'));
}
