// What rules are called, by id.

import { useMemo } from 'react';
import type { Page, RuleItem } from '../../api/shapes.ts';
import { useRead } from './read.ts';

export function useRuleTitles(): ReadonlyMap<string, string> {
  const { data } = useRead<Page<RuleItem>>('/rules', {}, { everySeconds: 0 });
  return useMemo(() => new Map(data?.items.map(({ id, title }) => [id, title])), [data]);
}
