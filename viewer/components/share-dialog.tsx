import type { StudySummary } from '../../gateway/api/contract.ts';
export function ShareDialog(_: { study: StudySummary; open: boolean; onOpenChange: (open: boolean) => void }) {
  return null;
}
