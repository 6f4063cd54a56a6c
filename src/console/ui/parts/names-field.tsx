// Several names in one field: people, groups, hosts. Empty means everybody, and says so.

import { TagsInput } from '@mantine/core';

interface NamesFieldProps {
  label: string;
  names: readonly string[];
  onChange: (names: string[]) => void;
  /** What it means when it is empty, or an example. */
  hint: string;
  /** Names that are known. */
  known?: readonly string[];
  description?: string;
  size?: 'xs' | 'sm';
}

export function NamesField({ label, names, onChange, hint, known = [], description, size = 'sm' }: NamesFieldProps) {
  return (
    <TagsInput
      label={label}
      description={description}
      size={size}
      value={[...names]}
      onChange={onChange}
      data={known.length > 0 ? [...known] : []}
      limit={30}
      placeholder={names.length === 0 ? hint : ''}
      acceptValueOnBlur
    />
  );
}
