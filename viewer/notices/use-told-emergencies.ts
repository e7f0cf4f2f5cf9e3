import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { listToldEmergencies } from '../api/notices.ts';
import { useSession } from '../session/use-session.ts';

/** How soon the bell shows that images were opened in an emergency. */
const LOOK_AGAIN_MS = 30_000;

/** How many wait for the facility’s review, and when the newest was opened. Names nobody, so that asking again and again shows no patient. */
export function useToldEmergencies() {
  const { user } = useSession();
  return useQuery({
    queryKey: ['emergencies', 'told'],
    queryFn: ({ signal }) => listToldEmergencies(false, signal),
    enabled: user.facility !== null,
    refetchInterval: LOOK_AGAIN_MS,
    staleTime: LOOK_AGAIN_MS,
  }).data;
}

/** Each of them; read again when one was opened or decided. */
export function useToldEmergencyList() {
  const told = useToldEmergencies();
  return useQuery({
    queryKey: ['emergencies', 'told', 'list', told?.newestAt ?? '', told?.waiting ?? 0],
    queryFn: ({ signal }) => listToldEmergencies(true, signal),
    select: ({ emergencies }) => emergencies,
    enabled: told !== undefined && told.newestAt !== null,
    placeholderData: keepPreviousData,
  }).data;
}
