export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 20" className={className} aria-hidden>
      <circle cx="11" cy="10" r="7.5" fill="none" stroke="var(--color-accent)" strokeWidth="2.2" />
      <circle cx="21" cy="10" r="7.5" fill="none" stroke="var(--color-ink-2)" strokeWidth="2.2" />
    </svg>
  );
}
