// The filters that were kept in this browser: use one, keep the one of now, forget one.

import { ActionIcon, Button, Group, Menu, TextInput } from '@mantine/core';
import IconBookmark from '@tabler/icons-react/dist/esm/icons/IconBookmark.mjs';
import IconTrash from '@tabler/icons-react/dist/esm/icons/IconTrash.mjs';
import { type FormEvent, useState } from 'react';
import { visibleText } from '../../../engine/inventory/visible-text.ts';
import { forgetFilter, readSavedFilters, saveFilter } from '../state/saved-filters.ts';

export function SavedFilters({ filter, onChoose }: { filter: string; onChoose: (filter: string) => void }) {
  const [saved, setSaved] = useState(() => readSavedFilters(localStorage));
  const [name, setName] = useState('');
  function keep(event: FormEvent): void {
    event.preventDefault();
    if (name.trim() === '' || filter === '') return;
    setSaved(saveFilter(localStorage, { name: name.trim(), filter }));
    setName('');
  }
  return (
    <Menu position="bottom-end" width={300} trapFocus={false}>
      <Menu.Target>
        <Button variant="default" size="sm" leftSection={<IconBookmark size={16} aria-hidden />}>
          Saved
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {saved.length === 0 && <Menu.Label>None yet. Set a filter, then give it a name here.</Menu.Label>}
        {saved.map((entry) => (
          <Group key={entry.name} gap={4} wrap="nowrap">
            <Menu.Item onClick={() => onChoose(entry.filter)} title={visibleText(entry.filter)}>
              {visibleText(entry.name)}
            </Menu.Item>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Forget ${visibleText(entry.name)}`}
              onClick={() => setSaved(forgetFilter(localStorage, entry.name))}
            >
              <IconTrash size={15} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        {filter !== '' && (
          <>
            <Menu.Divider />
            <form onSubmit={keep}>
              <Group gap={6} p={6} wrap="nowrap">
                <TextInput
                  size="xs"
                  flex={1}
                  aria-label="Name for this filter"
                  placeholder="Name for this filter"
                  maxLength={60}
                  value={name}
                  onChange={(event) => setName(event.currentTarget.value)}
                  onKeyDown={(event) => event.stopPropagation()}
                />
                <Button size="xs" type="submit" variant="default">
                  Keep
                </Button>
              </Group>
            </form>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
