export function ModalityBadge({ modality }: { modality: string }) {
  return (
    <span className="inline-flex h-5 shrink-0 items-center rounded-sm border border-line-strong px-1.5 font-mono text-2xs leading-none font-medium text-ink-2">
      {modality}
    </span>
  );
}
