// How many findings nobody has looked at, for the navigation.

import type { Finding, Page } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';

export function useNewFindings(): number | undefined {
  const { data } = useRead<Page<Finding>>('/findings', { state: 'new', limit: 500 }, { everySeconds: 60 });
  return data?.items.filter(({ state }) => state === 'new').length;
}
