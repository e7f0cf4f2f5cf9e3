import { AlertDialog } from 'radix-ui';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { AlertFrame } from '../design/raised/alert-frame.tsx';
import type { ViewerPort } from '../imaging/port.ts';

/** A new version of images has come: says how many measurements went with the one before. Stays until it was read, as what was measured may be written down already. */
export function LostMeasurements({ viewer }: { viewer: Pick<ViewerPort, 'onMeasurementsLost'> | undefined }) {
  const { t } = useTranslation();
  const [count, setCount] = useState(0);
  useEffect(() => viewer?.onMeasurementsLost((lost) => setCount((before) => before + lost)), [viewer]);
  return (
    <AlertFrame open={count > 0} title={t('measure.lostTitle')} body={t('measure.lostBody', { count })}>
      <AlertDialog.Action asChild>
        <Button kind="primary" onClick={() => setCount(0)}>
          {t('app.close')}
        </Button>
      </AlertDialog.Action>
    </AlertFrame>
  );
}
