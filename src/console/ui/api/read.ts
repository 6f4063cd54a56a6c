// Reading from the API in pages: one answer (useRead) or a list that grows (useList), for the time range and the filter of the address.

import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Page } from '../../api/shapes.ts';
import { useFilter, useRange } from '../state/use-url.ts';
import { ApiError, callApi, type Query } from './client.ts';

export interface ReadOptions {
  /** Send the time range. Default: true. */
  ranged?: boolean;
  /** Send the filter. Default: false. */
  filtered?: boolean;
  /** Ask again every so many seconds, while the page is seen and its range ends now. Default: 30; 0 is never. */
  everySeconds?: number;
  enabled?: boolean;
}

/** One answer. While another range or filter loads, what is shown stays (`isPlaceholderData`). */
export function useRead<T>(path: string, query: Query = {}, options: ReadOptions = {}) {
  const scope = useScope(options);
  return useQuery({
    queryKey: [path, query, scope.key],
    queryFn: ({ signal }) => callApi<T>(path, { query: { ...scope.params(), ...query }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: againAfter(scope.interval),
    enabled: options.enabled ?? true,
  });
}

/** The same each time, so that what depends on it stays. */
const NONE: never[] = [];

/** Items of a list, page after page: `items`, `fetchNextPage`, `hasNextPage`. */
export function useList<Item>(path: string, query: Query = {}, options: ReadOptions = {}) {
  const scope = useScope({ everySeconds: 0, ...options });
  const result = useInfiniteQuery({
    queryKey: [path, query, scope.key, 'list'],
    queryFn: async ({ pageParam, signal }) => {
      // Pages of one list are pages of one span, though time goes on between them.
      const params = pageParam?.params ?? scope.params();
      const page = await callApi<Page<Item>>(path, {
        query: { limit: 200, ...params, ...query, cursor: pageParam?.cursor },
        signal,
      });
      return { ...page, params };
    },
    initialPageParam: undefined as { cursor: string; params: Query } | undefined,
    getNextPageParam: ({ next, params }) => (next === null ? undefined : { cursor: next, params }),
    placeholderData: keepPreviousData,
    refetchInterval: againAfter(scope.interval),
    enabled: options.enabled ?? true,
    select: ({ pages }) => pages.flatMap(({ items }) => items),
  });
  return { ...result, items: result.data ?? (NONE as Item[]) };
}

/** Milliseconds: a store that is starting, or a network that is away, comes back by itself. */
const AFTER_FAULT = 5_000;

function againAfter(interval: number | false) {
  return ({ state }: { state: { error: unknown } }): number | false => {
    const { error } = state;
    const passing = error instanceof ApiError && (error.status === 0 || error.status === 503);
    return passing ? AFTER_FAULT : interval;
  };
}

function useScope({ ranged = true, filtered = false, everySeconds = 30 }: ReadOptions) {
  const range = useRange();
  const [filter] = useFilter();
  return {
    key: { range: ranged ? range.range : null, filter: filtered ? filter : null },
    params: (): Query => ({ ...(ranged ? range.query : {}), ...(filtered ? { filter } : {}) }),
    interval: everySeconds > 0 && (!ranged || range.live) ? everySeconds * 1000 : (false as const),
  };
}
