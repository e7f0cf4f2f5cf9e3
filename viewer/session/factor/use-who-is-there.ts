import { useEffect, useState } from 'react';
import { setAskWhoIsThere } from '../../api/http.ts';

/** While somebody is signed in: what the gateway does only after they have proved again who they are waits for `answer`. Several wait together. */
export function useWhoIsThere(): ((confirmed: boolean) => void) | undefined {
  const [asking, setAsking] = useState<{ readonly answer: (confirmed: boolean) => void }>();
  useEffect(() => {
    let waiting: Promise<boolean> | undefined;
    setAskWhoIsThere(() => {
      waiting ??= new Promise<boolean>((resolve) => {
        setAsking({
          answer: (confirmed) => {
            waiting = undefined;
            setAsking(undefined);
            resolve(confirmed);
          },
        });
      });
      return waiting;
    });
    return () => setAskWhoIsThere(undefined);
  }, []);
  return asking?.answer;
}
