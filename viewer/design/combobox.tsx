import { useCombobox } from 'downshift';
import { Check } from 'lucide-react';
import { type ReactNode, type Ref, useEffect, useRef } from 'react';
import { classes } from './classes.ts';
import { inConversion } from './conversion.ts';
import { Input } from './field.tsx';
import { Beside, RAISED_LOOK } from './raised/raised.tsx';

export interface ComboboxProps<Item> {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
  label: string;
  placeholder: string;
  /** What is found by what is typed. */
  items: readonly Item[];
  /** In place of the items when there are none; undefined: not known yet. */
  none: string | undefined;
  chosen: Item | undefined;
  typed: string;
  keyOf: (item: Item) => string;
  textOf: (item: Item) => string;
  draw: (item: Item) => ReactNode;
  onType: (typed: string) => void;
  onChoose: (item: Item | undefined) => void;
  inputRef?: Ref<HTMLInputElement> | undefined;
}

/** The list opens over what is below with a press, a letter or an arrow, and closes with a choice, with Escape or when the field is left. */
export function Combobox<Item>(props: ComboboxProps<Item>) {
  const { id, label, items, none, chosen, typed, keyOf, textOf, onType, onChoose } = props;
  const { isOpen, highlightedIndex, closeMenu, getInputProps, getMenuProps, getItemProps, getToggleButtonProps } = useCombobox<Item>({
    inputId: id,
    items: [...items],
    itemToString: (item) => (item === null ? '' : textOf(item)),
    itemToKey: (item) => (item === null ? undefined : keyOf(item)),
    selectedItem: chosen ?? null,
    inputValue: chosen === undefined ? typed : textOf(chosen),
    defaultHighlightedIndex: 0,
    onSelectedItemChange: ({ selectedItem }) => onChoose(selectedItem ?? undefined),
    // Whoever leaves the field has chosen nothing by that.
    stateReducer: (state, { type, changes }) =>
      type === useCombobox.stateChangeTypes.InputBlur
        ? { ...changes, selectedItem: state.selectedItem, inputValue: state.inputValue }
        : changes,
  });
  const menu = useRef<HTMLDivElement>(null);
  // In a dialog it would hang over the lower edge.
  useEffect(() => {
    if (isOpen) menu.current?.scrollIntoView({ block: 'nearest' });
  }, [isOpen]);
  return (
    <div className={classes('relative', isOpen && 'z-10')}>
      {/* One of the library's own parts: a press elsewhere closes the list before it is over, and would reach what lies there. */}
      {isOpen ? <Beside ref={getToggleButtonProps().ref} onPress={closeMenu} className="-z-10" /> : null}
      <Input
        {...getInputProps({
          ...(props.inputRef === undefined ? {} : { ref: props.inputRef }),
          'aria-label': label,
          // At once: a value that waits for the next frame moves the cursor of whoever types Japanese.
          onChange: ({ currentTarget }) => {
            onType(currentTarget.value);
            onChoose(undefined);
          },
          onKeyDown: ({ nativeEvent }) => {
            if (inConversion(nativeEvent)) Object.assign(nativeEvent, { preventDownshiftDefault: true });
          },
        })}
        autoComplete="off"
        aria-describedby={props.describedBy}
        aria-invalid={props.invalid}
        placeholder={props.placeholder}
      />
      <div
        {...getMenuProps({ 'aria-label': label, ref: menu })}
        className={classes('absolute inset-x-0 top-full mt-1 max-h-56 overflow-y-auto', RAISED_LOOK, !isOpen && 'hidden')}
      >
        {isOpen && items.length === 0 && none !== undefined ? <p className="px-3 py-2 text-xs text-ink-3">{none}</p> : null}
        {isOpen
          ? items.map((item, index) => (
              <div
                key={keyOf(item)}
                {...getItemProps({ item, index, 'aria-selected': chosen !== undefined && keyOf(item) === keyOf(chosen) })}
                className={classes(
                  'flex w-full items-center gap-2 px-3 py-1.5 pointer-coarse:py-3',
                  index === highlightedIndex && 'bg-hover',
                )}
              >
                {props.draw(item)}
                {chosen !== undefined && keyOf(item) === keyOf(chosen) ? <Check className="size-4 text-accent" aria-hidden /> : null}
              </div>
            ))
          : null}
      </div>
    </div>
  );
}

/** What is chosen, in small letters what tells it from others of that name, and what is to be known before it is chosen. */
export function ComboboxLine({ text, small, mark }: { text: string; small: string; mark?: string | undefined }) {
  return (
    <span className="min-w-0 flex-1">
      <span className="block text-sm break-words text-ink">{text}</span>
      <span className="block text-2xs break-words text-ink-3">{small}</span>
      {mark === undefined ? null : <span className="block text-2xs break-words text-info">{mark}</span>}
    </span>
  );
}
