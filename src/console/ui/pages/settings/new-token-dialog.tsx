// Makes a token of one kind, and shows it: once.

import { Button, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { callApi } from '../../api/client.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Fault } from '../../parts/fault.tsx';
import { Time } from '../../parts/time.tsx';

interface NewTokenDialogProps<Made> {
  title: string;
  /** Where the API makes one. */
  path: string;
  name: { label: string; description: string; missing: string };
  /** Fields of this kind of token; `asked` once somebody tried to make one. */
  fields(asked: boolean): ReactNode;
  /** What those fields say to the API. */
  wish: object;
  /** Whether they are fit to be sent. */
  ready?: boolean;
  /** How the token is shown: `label` names it, `use` says how a program takes it. */
  shown: { title: string; label: string; use(made: Made): ReactNode };
  onClose: () => void;
}

export function NewTokenDialog<Made extends { token: string; expires: number }>(props: NewTokenDialogProps<Made>) {
  const { title, path, name: naming, fields, wish, ready = true, shown, onClose } = props;
  const [name, setName] = useState('');
  const [days, setDays] = useState<number | string>(90);
  const [asked, setAsked] = useState(false);
  const make = useMutation({
    mutationFn: () => callApi<Made>(path, { method: 'POST', body: { ...wish, name: name.trim(), days: Number(days) } }),
  });
  const wrongDays = !Number.isInteger(Number(days)) || Number(days) < 1 || Number(days) > 365;

  function submit(event: FormEvent): void {
    event.preventDefault();
    setAsked(true);
    if (name.trim() !== '' && ready && !wrongDays) make.mutate();
  }

  if (make.data) {
    return (
      <Dialog title={shown.title} onClose={onClose} busy>
        <Stack gap="sm">
          <Text size="sm">
            Copy it now: it is not shown again. It ends <Time at={make.data.expires} form="full" />.
          </Text>
          <CodeBlock text={make.data.token} label={shown.label} />
          {shown.use(make.data)}
          <Group justify="flex-end">
            <Button onClick={onClose}>I have it</Button>
          </Group>
        </Stack>
      </Dialog>
    );
  }
  return (
    <Dialog title={title} onClose={onClose} size="md" busy={make.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput
            label={naming.label}
            description={naming.description}
            data-autofocus
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={asked && name.trim() === '' ? naming.missing : undefined}
          />
          {fields(asked)}
          <NumberInput
            label="Days that it can be used"
            min={1}
            max={365}
            allowDecimal={false}
            value={days}
            onChange={setDays}
            error={asked && wrongDays ? 'From 1 to 365.' : undefined}
          />
          <Fault error={make.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending}>
              Make it
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
