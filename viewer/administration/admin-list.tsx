import { Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { Input } from '../design/field.tsx';
import { MoreButton } from '../design/more-button.tsx';
import { Dialog } from '../design/raised/dialog.tsx';
import { Failure } from '../shell/failure.tsx';
import type { usePeopleList } from './use-people-list.ts';

type Found = Pick<
  ReturnType<typeof usePeopleList>,
  'error' | 'refetch' | 'isPending' | 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'
>;

interface Props<Item> {
  label: string;
  placeholder: string;
  addLabel: string;
  editLabel: string;
  typed: string;
  onType: (typed: string) => void;
  /** What the gateway found: pages are asked for one by one. */
  found: Found;
  items: readonly Item[];
  keyOf: (item: Item) => string;
  /** Beneath the dialog's title. */
  describe?: (item: Item) => string;
  /** The columns of a row. */
  rowLook: string;
  row: (item: Item) => ReactNode;
  /** In the dialog; undefined: of a new one. */
  form: (item: Item | undefined, onDone: () => void) => ReactNode;
}

/** A list narrowed by typing, and a button that adds to it. Each row, and the button, opens a dialog with the form. */
export function AdminList<Item>(props: Props<Item>) {
  const { label, items, keyOf, found, describe } = props;
  const { t } = useTranslation();
  const [editing, setEditing] = useState<{ readonly item: Item | undefined }>();
  const item = editing?.item;
  const close = () => setEditing(undefined);
  return (
    <section aria-label={label}>
      <Search {...props} onAdd={() => setEditing({ item: undefined })} />
      {found.error === null ? null : <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {items.length === 0 && found.error === null ? (
        <p role="status" className="py-6 text-sm text-ink-3">
          {t(found.isPending ? 'app.loading' : 'admin.noneFound')}
        </p>
      ) : null}
      <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line empty:hidden">
        {items.map((one) => (
          <li key={keyOf(one)}>
            <button
              type="button"
              onClick={() => setEditing({ item: one })}
              className={classes(
                'grid w-full items-center gap-x-4 gap-y-1 bg-surface px-4 py-3 text-left hover:bg-hover focus-visible:-outline-offset-2',
                props.rowLook,
              )}
            >
              {props.row(one)}
            </button>
          </li>
        ))}
      </ul>
      <MoreButton pages={found} />
      {editing === undefined ? null : (
        <Dialog
          open
          onOpenChange={close}
          title={item === undefined ? props.addLabel : props.editLabel}
          description={item === undefined ? undefined : describe?.(item)}
        >
          {props.form(item, close)}
        </Dialog>
      )}
    </section>
  );
}

function Search<Item>({ placeholder, addLabel, typed, onType, onAdd }: Props<Item> & { onAdd: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <Input
        type="search"
        aria-label={t('admin.filter')}
        placeholder={placeholder}
        className="min-w-40 flex-1 max-sm:basis-full sm:max-w-sm"
        value={typed}
        onChange={(event) => onType(event.target.value)}
      />
      <Button kind="primary" className="ml-auto" onClick={onAdd}>
        <Plus className="size-4" aria-hidden />
        {addLabel}
      </Button>
    </div>
  );
}
