import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Exported, type ExportForm, exportUrl, getExportPlan } from '../api/studies.ts';
import { studyAddressKey } from '../api/study-address.ts';
import { toast } from '../design/raised/toast.tsx';

/** How much it would be. */
export function useExportPlan(studies: Exported | undefined) {
  return useQuery({
    queryKey: ['export-plan', ...(studies ?? []).map(studyAddressKey)],
    queryFn: ({ signal }) => getExportPlan(studies as Exported, signal),
    enabled: studies !== undefined,
    staleTime: 0,
    gcTime: 0,
  });
}

/** Asked once more first: that who sits here has proved it, and still may. Then the browser downloads by itself. */
export function useStartExport(onBegun: () => void) {
  const { t } = useTranslation();
  return useMutation({
    mutationFn: async ({ studies, form }: { readonly studies: Exported; readonly form: ExportForm }) => {
      await getExportPlan(studies);
      const link = document.createElement('a');
      link.href = exportUrl(studies, form);
      // The gateway says the name.
      link.download = '';
      link.click();
    },
    onSuccess: () => {
      toast(t('export.begun'));
      onBegun();
    },
  });
}
