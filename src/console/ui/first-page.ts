// The page of the address, loaded beside asking who is signed in, not after it: both are there when the shell is shown first.

import { PAGES } from './pages.ts';

export const firstPage: Promise<void> =
  PAGES.find(({ path }) => path === location.pathname)?.component.preload() ?? Promise.resolve();
