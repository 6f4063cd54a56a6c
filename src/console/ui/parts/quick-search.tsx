// Narrows what is loaded down by words, while one types; the words stand in the address.

import { CloseButton, TextInput } from '@mantine/core';
import IconSearch from '@tabler/icons-react/dist/esm/icons/IconSearch.mjs';
import { useRef } from 'react';
import { useShortcut } from '../shell/shortcuts.tsx';
import { useParam } from '../state/use-url.ts';

interface QuickSearchProps {
  label: string;
  placeholder: string;
  /** Pixels. */
  width?: number;
}

export function QuickSearch({ label, placeholder, width = 420 }: QuickSearchProps) {
  const [search, setSearch] = useParam('q');
  const input = useRef<HTMLInputElement>(null);
  useShortcut('f', label, () => input.current?.focus());
  return (
    <TextInput
      ref={input}
      aria-label={label}
      placeholder={placeholder}
      w={width}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        search !== '' && <CloseButton size="sm" aria-label="Clear" onClick={() => setSearch('', { replace: true })} />
      }
      value={search}
      onChange={(event) => setSearch(event.currentTarget.value, { replace: true })}
      onKeyDown={(event) => event.key === 'Escape' && setSearch('', { replace: true })}
    />
  );
}
