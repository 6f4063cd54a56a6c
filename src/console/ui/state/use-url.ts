// Hooks for state that stands in the address: single parameters, and the time range that all pages share.

import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { parseRange, type Range, rangeParams, resolveRange } from './range.ts';
import { pageAddress, readParam, withParams } from './url.ts';

type Changes = Readonly<Record<string, string | undefined>>;
export type SetParams = (changes: Changes, options?: { replace?: boolean }) => void;

/** Changes several parameters at once. `replace`: without an entry in the browser's history, for what changes while one types. */
export function useSetParams(): SetParams {
  const [path, navigate] = useLocation();
  return useCallback((changes, options) => navigate(path + withParams(location.search, changes), options), [path, navigate]);
}

/** One parameter: '' when it is absent. */
export function useParam(name: string): [value: string, set: (value: string, options?: { replace?: boolean }) => void] {
  const search = useSearch();
  const setParams = useSetParams();
  const set = useCallback(
    (value: string, options?: { replace?: boolean }) => setParams({ [name]: value }, options),
    [name, setParams],
  );
  return [readParam(search, name), set];
}

/** The query that narrows a page down (docs/reference/filter-language.md). */
export function useFilter() {
  return useParam('filter');
}

export interface RangeState {
  range: Range;
  /** It ends now, so what is shown is worth asking for again. */
  live: boolean;
  set(range: Range): void;
  /** For the API: spans as they are, so that its clock counts. */
  query: { from: string | number; to?: number };
  /** The points in time of this moment. */
  resolve(): { from: number; to: number };
}

export function useRange(): RangeState {
  const search = useSearch();
  const setParams = useSetParams();
  const [from, to] = [readParam(search, 'from'), readParam(search, 'to')];
  return useMemo(() => {
    const range = parseRange(from, to);
    return {
      range,
      live: 'span' in range,
      set: (next: Range) => setParams(rangeParams(next)),
      query: 'span' in range ? { from: range.span } : range,
      resolve: () => resolveRange(range, Date.now()),
    };
  }, [from, to, setParams]);
}

/** Makes addresses of our own pages, with the time range of now. */
export function usePageAddress(): (path: string, params?: Changes) => string {
  const search = useSearch();
  return useCallback((path, params) => pageAddress(path, search, params), [search]);
}
