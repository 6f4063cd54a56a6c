// Paper is white: while the page is printed it has light colours, charts included.

import { useMantineColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { flushSync } from 'react-dom';

export function usePrintLight(): void {
  const scheme = useMantineColorScheme();
  const latest = useRef(scheme);
  latest.current = scheme;
  useEffect(() => {
    let chosen: typeof scheme.colorScheme | undefined;
    function lighten(): void {
      const { colorScheme, setColorScheme } = latest.current;
      if (colorScheme === 'light') return;
      chosen = colorScheme;
      // The browser takes its picture as soon as this returns.
      flushSync(() => setColorScheme('light'));
    }
    function restore(): void {
      if (chosen !== undefined) latest.current.setColorScheme(chosen);
      chosen = undefined;
    }
    addEventListener('beforeprint', lighten);
    addEventListener('afterprint', restore);
    return () => {
      restore();
      removeEventListener('beforeprint', lighten);
      removeEventListener('afterprint', restore);
    };
  }, []);
}
