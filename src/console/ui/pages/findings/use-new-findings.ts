// How many findings are new and came since this person looked last, for the navigation.

import type { Finding, Page } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { useLater } from '../../shell/use-later.ts';

export function useNewFindings(): number | undefined {
  const { data } = useRead<Page<Finding>>('/findings', { state: 'new', limit: 500 }, { everySeconds: 60, enabled: useLater() });
  return data?.items.filter(({ state, changed }) => state === 'new' && changed).length;
}
