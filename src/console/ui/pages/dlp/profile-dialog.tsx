// Changes what a profile does: from which confidence and count on, and what happens then to requests and to answers. What a text would
// meet afterwards can be tried before it counts.

import { Button, Group, NumberInput, SegmentedControl, Select, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Profile } from '../../../../engine/dlp/schema.ts';
import type { DlpTest, DlpTestResult } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';
import { useSeenPolicy } from '../../api/policy.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Fault } from '../../parts/fault.tsx';
import { EXAMPLE, FoundTable } from './text-tester.tsx';

const ACTIONS = ['off', 'log', 'redact', 'block'];
const WORDS: Readonly<Record<string, string>> = { off: 'not read' };

type Settings = Pick<Profile, 'threshold' | 'count' | 'request' | 'response'>;

export function ProfileDialog({ profile, onClose }: { profile: Profile; onClose: () => void }) {
  const { id, threshold, count, request, response, traffic } = profile;
  const [settings, setSettings] = useState<Settings>({ threshold, count, request, response });
  const { apply } = useSeenPolicy();
  const changed = (Object.keys(settings) as (keyof Settings)[]).some((key) => settings[key] !== profile[key]);
  const set = (change: Partial<Settings>) => setSettings({ ...settings, ...change });
  const stops = traffic.some((each) => each !== 'portal' && each !== 'approved');
  return (
    <ConfirmDialog
      title={`Change the profile ${id}`}
      act="Change it"
      size="xl"
      ready={changed}
      waiting={changed ? undefined : 'Nothing is changed yet.'}
      onClose={onClose}
      onConfirm={(comment) => apply({ kind: 'dlp-profile', id, ...settings }, comment, 'The profile counts now.')}
    >
      {(['request', 'response'] as const).map((direction) => (
        <div key={direction}>
          <Text size="sm" fw={500} mb={4}>
            {direction === 'request' ? 'On a finding in a request' : 'On a finding in an answer'}
          </Text>
          <SegmentedControl
            aria-label={direction === 'request' ? 'Action for requests' : 'Action for answers'}
            data={ACTIONS.map((value) => ({ value, label: WORDS[value] ?? value }))}
            value={settings[direction]}
            onChange={(value) => set({ [direction]: value as Profile['request'] })}
          />
        </div>
      ))}
      {stops && (
        <Text size="sm" c="dimmed">
          This profile reads traffic other than portal and approved, which can only be logged.
        </Text>
      )}
      <Group align="flex-start" grow>
        <Select
          label="From confidence"
          description="Findings below do not count."
          data={['low', 'medium', 'high']}
          allowDeselect={false}
          value={settings.threshold}
          onChange={(value) => value && set({ threshold: value as Profile['threshold'] })}
        />
        <NumberInput
          label="From so many findings"
          description="In one message; below, they are logged."
          min={1}
          max={1000}
          allowDecimal={false}
          clampBehavior="strict"
          value={settings.count}
          onChange={(value) => typeof value === 'number' && set({ count: value })}
        />
      </Group>
      <Trial id={id} settings={settings} />
    </ConfirmDialog>
  );
}

/** Tries a text on the profiles as they would be. */
function Trial({ id, settings }: { id: string; settings: Settings }) {
  const [text, setText] = useState('');
  const test = useMutation({ mutationFn: (body: DlpTest) => callApi<DlpTestResult>('/dlp/test', { method: 'POST', body }) });
  return (
    <Stack gap="xs">
      <Textarea
        label="Try a text"
        description="It is not recorded. What happens to traffic also depends on people, hosts and the class of traffic."
        placeholder={EXAMPLE}
        autosize
        minRows={3}
        maxRows={8}
        maxLength={256 * 1024}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group gap="xs">
        {(['request', 'response'] as const).map((direction) => (
          <Button
            key={direction}
            size="xs"
            variant="default"
            loading={test.isPending}
            disabled={text === ''}
            onClick={() => test.mutate({ text, direction, profile: { id, ...settings } })}
          >
            {direction === 'request' ? 'As a request' : 'As an answer'}
          </Button>
        ))}
        {text === '' && (
          <Button size="xs" variant="subtle" onClick={() => setText(EXAMPLE)}>
            Use an example
          </Button>
        )}
      </Group>
      <div aria-live="polite">
        <Fault error={test.error} />
        {test.data && test.data.findings.length === 0 && <Text size="sm">Nothing was found in this text.</Text>}
        {test.data && test.data.findings.length > 0 && <FoundTable findings={test.data.findings} />}
      </div>
    </Stack>
  );
}
