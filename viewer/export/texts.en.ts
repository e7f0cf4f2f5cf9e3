import type { Words } from '../i18n/words.ts';
import type { ja } from './texts.ja.ts';

export const en: Words<typeof ja> = {
  export: {
    title: 'Export image files',
    intro: 'The images are put into one zip file, with a DICOMDIR and an index page: write it to a CD, or open it in another image viewer.',
    which: 'Studies to export',
    viewOnly: 'Studies for viewing only cannot be exported.',
    most: 'Not more than this can be exported at once: {{count}}.',
    counting: 'Counting…',
    amount: 'Studies: {{studies}}. Series: {{series}}. Images and other files: {{instances}}. Size as kept: {{size}}',
    form: 'Form of the files',
    forms: { plain: 'For every viewer', stored: 'As they are kept' },
    notes: {
      plain: 'Uncompressed: it may become several times as large. Images with lossy compression and films stay as they are.',
      stored: 'Smaller and faster. Some viewers cannot open compressed images.',
    },
    careful: 'This is a patient’s personal information. The export goes on record, and the file cannot be taken back afterwards.',
    start: 'Export',
    begun: 'The export has begun: see the downloads of your browser. If it stops on the way the file is damaged; please export again.',
  },
};
