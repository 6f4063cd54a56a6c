// What can be done about an exchange, as far as one's role allows: approve the server, block it, let it pass for a while, tell the rule's
// author that it was no MCP, take it along as a file.

import { Button, Group, Menu } from '@mantine/core';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import IconDots from '@tabler/icons-react/dist/esm/icons/IconDots.mjs';
import { type ReactNode, useState } from 'react';
import { approvalTargets } from '../../../../engine/policy/approval-targets.ts';
import type { EventDetails } from '../../../api/shapes.ts';
import { apiUrl } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { ApproveDialog } from '../../parts/approve-dialog.tsx';
import { BlockDialog } from '../../parts/block-dialog.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { BlockForUserDialog, ExceptionDialog } from './event-dialogs.tsx';
import { CurlDialog, FalsePositiveDialog, SampleDialog } from './sample-dialogs.tsx';

type Asked = 'approve' | 'block' | 'block-user' | 'exception' | 'false-positive' | 'sample' | 'curl';

/** Classes that modes rule over; approved traffic is ruled by its approval. */
const BY_MODE = ['suspect', 'install', 'discovery', 'attached', 'hosted', 'shadow', 'bypass'];
const HOUR = 3_600_000;

export function EventActions({ data }: { data: EventDetails }) {
  const [asked, setAsked] = useState<Asked>();
  const [blocked, setBlocked] = useState('');
  const operator = useMay('operator');
  const analyst = useMay('analyst');
  const { event, curl } = data;
  const targets = approvalTargets({ traffic: event.traffic, server: event.server_key, servers: event.mcp_servers });
  const byMode = BY_MODE.includes(event.traffic);
  const close = () => setAsked(undefined);
  const dialogs: Record<Asked, () => ReactNode> = {
    approve: () => <ApproveDialog targets={targets} user={event.user_id} onClose={close} />,
    block: () => <BlockDialog url={blocked} onClose={close} />,
    'block-user': () => <BlockForUserDialog event={event} onClose={close} />,
    exception: () => <ExceptionDialog event={event} onClose={close} />,
    'false-positive': () => <FalsePositiveDialog event={event} onClose={close} />,
    sample: () => <SampleDialog event={event} onClose={close} />,
    curl: () => <CurlDialog curl={curl} onClose={close} />,
  };
  const har = apiUrl('/events/export', {
    format: 'har',
    filter: `id:${event.event_id}`,
    from: event.ts - HOUR,
    to: event.ts + HOUR,
  });
  return (
    <Group gap="xs" mb="md">
      {operator && targets.length > 0 && event.traffic !== 'portal' && (
        <>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconCheck size={15} color="var(--good)" aria-hidden />}
            onClick={() => setAsked('approve')}
          >
            Approve …
          </Button>
          <BlockButton
            targets={targets}
            onChoose={(url) => {
              setBlocked(url);
              setAsked('block');
            }}
          />
        </>
      )}
      <Menu position="bottom-start" width={300}>
        <Menu.Target>
          <Button size="xs" variant="default" leftSection={<IconDots size={15} aria-hidden />}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {operator && byMode && event.user_id !== '' && (
            <Menu.Item onClick={() => setAsked('block-user')}>Block for this user …</Menu.Item>
          )}
          {operator && byMode && <Menu.Item onClick={() => setAsked('exception')}>Except from blocking until …</Menu.Item>}
          {operator && event.rules.length > 0 && (
            <Menu.Item onClick={() => setAsked('false-positive')}>Mark as false positive …</Menu.Item>
          )}
          {analyst && <Menu.Item onClick={() => setAsked('sample')}>Save as test sample</Menu.Item>}
          <Menu.Item onClick={() => setAsked('curl')}>Copy as curl</Menu.Item>
          <Menu.Item component="a" href={har} download={`${event.event_id}.har`}>
            Export HAR
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asked && dialogs[asked]()}
    </Group>
  );
}

/** One server at a time: a model call may name several. */
function BlockButton({ targets, onChoose }: { targets: readonly string[]; onChoose: (url: string) => void }) {
  const [first = ''] = targets;
  const look = { size: 'xs', variant: 'default', leftSection: <IconBan size={15} color="var(--bad)" aria-hidden /> } as const;
  if (targets.length === 1)
    return (
      <Button {...look} onClick={() => onChoose(first)}>
        Block …
      </Button>
    );
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button {...look}>Block …</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {targets.map((url) => (
          <Menu.Item key={url} onClick={() => onChoose(url)}>
            <Untrusted text={url} mono />
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
