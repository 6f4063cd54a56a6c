// Puts the focus back to where it was when what covered the page is gone, so that one goes on by keyboard where one was.

import { useEffect, useState } from 'react';

/** For components that are on the page only while they are open. */
export function useReturnFocus(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    },
    [before],
  );
}
