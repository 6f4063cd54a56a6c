// Taking an exchange along: as a false positive for the rule's author, as a sample for tests, as a command.

import { Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { FlowEvent } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { UntilField } from '../../parts/until-field.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { dayIn, untilProblem } from '../../text/day.ts';

interface EventProps {
  event: FlowEvent;
  onClose: () => void;
}

export function FalsePositiveDialog({ event, onClose }: EventProps) {
  const client = useQueryClient();
  const [until, setUntil] = useState(dayIn(30, Date.now()));
  const { mutateAsync } = useMutation({
    mutationFn: (comment: string) =>
      callApi<{ sample: string }>(`/events/${event.event_id}/false-positive`, { method: 'POST', body: { until, comment } }),
    onSuccess: ({ sample }) => {
      notifications.show({ message: `Excepted until ${until}. The sample for the rule's author: ${sample}`, color: 'green' });
      void client.invalidateQueries();
    },
  });
  return (
    <ConfirmDialog
      title="Mark as false positive"
      act="Mark"
      ready={untilProblem(until, false, Date.now()) === undefined}
      onClose={onClose}
      onConfirm={mutateAsync}
    >
      <Text size="sm">
        This was no MCP. The rule <Untrusted text={event.rules[0] ?? ''} mono /> stops blocking{' '}
        <Untrusted text={event.dst_host} mono /> until the day below, and the exchange is saved as a sample on which the rule must
        stay silent.
      </Text>
      <UntilField label="Until" value={until} onChange={setUntil} presets={[7, 30, 90]} endless={false} />
    </ConfirmDialog>
  );
}

export function SampleDialog({ event, onClose }: EventProps) {
  const asked = useQuery({
    queryKey: ['/events', event.event_id, 'sample'],
    queryFn: () => callApi<{ yaml: string }>(`/events/${event.event_id}/sample`, { method: 'POST', body: {} }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Dialog title="Test sample" onClose={onClose} size="xl">
      <Loaded asked={asked}>
        {({ yaml }) => (
          <Stack>
            <Text size="sm">For `samples` of a rule: under `match` it must match, under `silent` it must not.</Text>
            <CodeBlock text={yaml} label="The sample as YAML" />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => saveFile(`sample-${event.event_id}.yml`, yaml)}>
                Save as a file
              </Button>
            </Group>
          </Stack>
        )}
      </Loaded>
    </Dialog>
  );
}

export function CurlDialog({ curl, onClose }: { curl: string; onClose: () => void }) {
  return (
    <Dialog title="As a command" onClose={onClose} size="xl">
      <Stack>
        <Text size="sm">
          Repeats the request as far as it is stored. Credentials were never stored. Read it before you run it.
        </Text>
        <CodeBlock text={curl} label="The request as a curl command" />
      </Stack>
    </Dialog>
  );
}

function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/yaml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
