// What may wait until the page that somebody asked for is there, such as numbers in the navigation.

import { useEffect, useState } from 'react';

const LATER_MS = 1_000;

/** Becomes true a moment after the first time it is asked. */
export function useLater(): boolean {
  const [isLater, setLater] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLater(true), LATER_MS);
    return () => clearTimeout(timer);
  }, []);
  return isLater;
}
