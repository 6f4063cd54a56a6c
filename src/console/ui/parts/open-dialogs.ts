// How many dialogs are open, so that Escape closes the uppermost alone: what lies below must not listen meanwhile.

import { useEffect, useSyncExternalStore } from 'react';

let open = 0;
const listeners = new Set<() => void>();

function change(by: 1 | -1): void {
  open += by;
  for (const listener of listeners) listener();
}

/** Counts the component as a dialog while it is on the page. */
export function useAsDialog(): void {
  useEffect(() => {
    change(1);
    return () => change(-1);
  }, []);
}

export function useHasDialogs(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open > 0,
  );
}
