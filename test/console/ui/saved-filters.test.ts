import { describe, expect, it } from 'vitest';
import { forgetFilter, readSavedFilters, saveFilter } from '../../../src/console/ui/state/saved-filters.ts';

function storeWith(text?: string) {
  let kept = text ?? null;
  return {
    getItem: () => kept,
    setItem(_key: string, value: string) {
      kept = value;
    },
  };
}

describe('saved filters', () => {
  it('are kept by name, the newest first, one of each name', () => {
    const store = storeWith();
    saveFilter(store, { name: 'mine', filter: 'user:ana' });
    saveFilter(store, { name: 'shadow', filter: 'traffic:shadow' });
    saveFilter(store, { name: 'mine', filter: 'user:bo' });
    expect(readSavedFilters(store)).toEqual([
      { name: 'mine', filter: 'user:bo' },
      { name: 'shadow', filter: 'traffic:shadow' },
    ]);
    expect(forgetFilter(store, 'mine')).toEqual([{ name: 'shadow', filter: 'traffic:shadow' }]);
  });

  it('are read with care: the storage may hold anything', () => {
    for (const text of ['', 'no json', '{}', 'null', '[1, null, {"name": ""}, {"name": "x"}, {"name": 1, "filter": "y"}]'])
      expect(readSavedFilters(storeWith(text))).toEqual([]);
  });

  it('do without a browser that keeps nothing', () => {
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new Error('QuotaExceededError');
      },
    };
    expect(saveFilter(full, { name: 'a', filter: 'b' })).toEqual([{ name: 'a', filter: 'b' }]);
  });
});
