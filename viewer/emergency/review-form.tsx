import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Emergency, type ReviewEmergency, reviewEmergencySchema } from '../../gateway/api/contract/emergencies.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { toast } from '../design/raised/toast.tsx';
import { Form, FormRefusal } from '../forms/form.tsx';
import { TextAreaField } from '../forms/text-area-field.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';

export type Decide = (id: string, body: ReviewEmergency) => Promise<Emergency>;

/** Whether it was right, with words. What was not and still runs is asked about once more: somebody may be treated by these images now. */
export function ReviewForm({ emergency: { id, running }, decide }: { emergency: Emergency; decide: Decide }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const form = useContractForm({
    schema: reviewEmergencySchema,
    start: { verdict: '', words: '' },
    send: async (body) => {
      const { running: runs } = await decide(id, body).finally(() => client.invalidateQueries({ queryKey: ['emergencies'] }));
      toast(t(running && !runs ? 'emergency.decidedEnded' : 'emergency.decided'));
    },
  });
  const say = (verdict: string) => {
    form.fields.setValue('verdict', verdict);
    form.submit();
  };
  return (
    <Form form={form} marksOptional={false} className="mt-4 flex flex-col gap-3 border-t border-line-strong pt-4">
      <TextAreaField name="words" label={t('emergency.words')} hint={t('emergency.wordsHint')} rows={2} />
      <FormRefusal />
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" busy={form.sending} onClick={() => say('justified')}>
          {t('emergency.justified')}
        </Button>
        <Button kind="danger" busy={form.sending} onClick={() => (running ? setAsking(true) : say('not-justified'))}>
          {t('emergency.notJustified')}
        </Button>
      </div>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('emergency.endTitle')}
        body={t('emergency.endBody')}
        confirm={t('emergency.notJustified')}
        onConfirm={() => say('not-justified')}
      />
    </Form>
  );
}
