// Chooses tools of a server from the list that it gave: all, only some, or all but some. Beginnings such as `read_*` can be added.

import { Badge, Button, Checkbox, Group, Radio, ScrollArea, Stack, Switch, Text, TextInput } from '@mantine/core';
import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import { useState } from 'react';
import { visibleText } from '../../../engine/inventory/visible-text.ts';
import type { ServerDetails } from '../../api/shapes.ts';
import type { ApprovalForm } from './approval-form.ts';
import { hasWords } from './has-words.ts';
import { Untrusted } from './untrusted.tsx';

type Chosen = Pick<ApprovalForm, 'which' | 'tools' | 'hides'>;

interface ToolChoiceProps {
  /** What the server listed. */
  known: readonly Pick<ServerDetails['toolList'][number], 'name' | 'description' | 'checks'>[];
  value: Chosen;
  /** Only what requests for approval can say: all tools, or those chosen. */
  simple?: boolean;
  onChange: (changes: Partial<Chosen>) => void;
}

/** From so many on, a field to look for one helps. */
const MANY = 8;

export function ToolChoice({ known, value: { which, tools, hides }, simple, onChange }: ToolChoiceProps) {
  const [search, setSearch] = useState('');
  const others = tools.filter((name) => !known.some((tool) => tool.name === name));
  const shown = known.filter(({ name, description }) => hasWords(`${name} ${description}`, search));
  function toggle(name: string): void {
    onChange({ tools: tools.includes(name) ? tools.filter((each) => each !== name) : [...tools, name] });
  }
  return (
    <Stack gap="xs">
      <Radio.Group label="Tools" value={which} onChange={(chosen) => onChange({ which: chosen as ApprovalForm['which'] })}>
        <Group mt={4}>
          <Radio value="all" label="all" />
          <Radio value="only" label="only those chosen" />
          {!simple && <Radio value="but" label="all but those chosen" />}
        </Group>
      </Radio.Group>
      {which !== 'all' && (
        <>
          {known.length >= MANY && (
            <TextInput
              size="xs"
              aria-label="Find a tool"
              placeholder={`Find one of ${known.length} tools`}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
          )}
          {known.length === 0 && others.length === 0 && (
            <Text size="sm" c="dimmed">
              This server has not listed its tools yet. Type their names, or beginnings such as read_*.
            </Text>
          )}
          <ScrollArea.Autosize mah={230} type="auto" viewportProps={{ tabIndex: 0, 'aria-label': 'Tools' }}>
            <Stack gap={6} p={2}>
              {[...others.map((name) => ({ name, description: '', checks: [] })), ...shown].map(
                ({ name, description, checks }) => (
                  <Checkbox
                    key={name}
                    size="xs"
                    checked={tools.includes(name)}
                    onChange={() => toggle(name)}
                    label={
                      <>
                        <Untrusted text={name} mono />{' '}
                        {checks.length > 0 && (
                          <Badge
                            size="xs"
                            variant="default"
                            leftSection={<IconAlertTriangle size={11} color="var(--bad)" aria-hidden />}
                          >
                            suspicious
                          </Badge>
                        )}
                      </>
                    }
                    description={description === '' ? undefined : <Untrusted text={firstLine(description)} />}
                  />
                ),
              )}
            </Stack>
          </ScrollArea.Autosize>
          <AddName onAdd={(name) => onChange({ tools: [...new Set([...tools, name])] })} />
          {!simple && (
            <Switch
              size="sm"
              label={which === 'only' ? 'Hide the others' : 'Hide those chosen'}
              description="Tools that may not be called are taken out of what the server lists, so that models do not try them."
              checked={hides}
              onChange={(event) => onChange({ hides: event.currentTarget.checked })}
            />
          )}
        </>
      )}
    </Stack>
  );
}

function AddName({ onAdd }: { onAdd: (name: string) => void }) {
  const [name, setName] = useState('');
  function add(): void {
    if (name.trim() === '') return;
    onAdd(name.trim());
    setName('');
  }
  return (
    <Group gap="xs">
      <TextInput
        size="xs"
        aria-label="Another tool, or a beginning such as read_*"
        placeholder="another name, or read_*"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          add();
        }}
      />
      <Button size="xs" variant="default" onClick={add} disabled={name.trim() === ''}>
        Add
      </Button>
    </Group>
  );
}

const LONGEST = 110;

function firstLine(text: string): string {
  const [line = ''] = visibleText(text).split('\n');
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
