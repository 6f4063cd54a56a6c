// The filters that were kept in this browser: use one, keep the one of now, forget one.

import { ActionIcon, Button, Group, Popover, Text, TextInput } from '@mantine/core';
import IconBookmark from '@tabler/icons-react/dist/esm/icons/IconBookmark.mjs';
import IconTrash from '@tabler/icons-react/dist/esm/icons/IconTrash.mjs';
import { type FormEvent, useState } from 'react';
import { visibleText } from '../../../engine/inventory/visible-text.ts';
import { forgetFilter, readSavedFilters, saveFilter } from '../state/saved-filters.ts';

export function SavedFilters({ filter, onChoose }: { filter: string; onChoose: (filter: string) => void }) {
  const [saved, setSaved] = useState(() => readSavedFilters(localStorage));
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState('');
  function keep(event: FormEvent): void {
    event.preventDefault();
    if (name.trim() === '' || filter === '') return;
    setSaved(saveFilter(localStorage, { name: name.trim(), filter }));
    setName('');
  }
  function choose(kept: string): void {
    setOpened(false);
    onChoose(kept);
  }
  return (
    // Not a menu: that may hold nothing but entries.
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-end"
      width={300}
      trapFocus={saved.length > 0 || filter !== ''}
      returnFocus
      withRoles={false}
    >
      <Popover.Target>
        <Button
          variant="default"
          size="sm"
          leftSection={<IconBookmark size={16} aria-hidden />}
          aria-haspopup="dialog"
          aria-expanded={opened}
          onClick={() => setOpened(!opened)}
        >
          Saved
        </Button>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label="Saved filters" p={6}>
        {saved.length === 0 && (
          <Text size="xs" c="dimmed" p={6}>
            None yet. Set a filter, then give it a name here.
          </Text>
        )}
        {saved.map((entry) => (
          <Group key={entry.name} gap={4} wrap="nowrap">
            <Button
              variant="subtle"
              color="gray"
              size="xs"
              flex={1}
              justify="flex-start"
              title={visibleText(entry.filter)}
              onClick={() => choose(entry.filter)}
            >
              {visibleText(entry.name)}
            </Button>
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
              />
              <Button size="xs" type="submit" variant="default">
                Keep
              </Button>
            </Group>
          </form>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
