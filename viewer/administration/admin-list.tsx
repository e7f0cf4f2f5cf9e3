import { Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { Input } from '../design/field.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';

interface Props {
  label: string;
  placeholder: string;
  addLabel: string;
  typed: string;
  error: Error | null;
  onType: (typed: string) => void;
  onAdd: () => void;
  children: ReactNode;
}

/** A list narrowed by typing, and a button that adds to it. `children`: its rows, <li> each. */
export function AdminList({ label, placeholder, addLabel, typed, error, onType, onAdd, children }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  return (
    <section aria-label={label}>
      <div className="mb-4 flex items-center gap-3">
        <Input
          type="search"
          aria-label={t('admin.filter')}
          placeholder={placeholder}
          className="w-full max-w-sm"
          value={typed}
          onChange={(event) => onType(event.target.value)}
        />
        <div className="flex-1" />
        <Button kind="primary" onClick={onAdd}>
          <Plus className="size-4" aria-hidden />
          {addLabel}
        </Button>
      </div>
      {error === null ? null : (
        <p role="alert" className="text-sm text-danger">
          {errorText(error)}
        </p>
      )}
      <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line empty:hidden">{children}</ul>
    </section>
  );
}
