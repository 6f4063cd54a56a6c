// What a server is, as far as its traffic shows. Its name and what it says of itself are claims.

import { Group } from '@mantine/core';
import type { Traffic } from '../../../../engine/verdict.ts';
import type { ServerDetails } from '../../../api/shapes.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';

export function ServerFacts({ server }: { server: ServerDetails }) {
  const { serverKey, name, transport, generation, clients, authentication, traffic, firstSeen, lastSeen } = server;
  return (
    <Panel title="Identity" actions={<CopyButton text={serverKey} label="Copy the key" />}>
      <Facts
        facts={[
          ['Key', <Untrusted key="key" text={serverKey} mono />],
          ['Calls itself', name],
          [
            'Traffic',
            <Group key="traffic" gap={4}>
              {traffic.map((each) => (
                <TrafficBadge key={each} traffic={each as Traffic} />
              ))}
            </Group>,
          ],
          ['Transport', transport.join(', ')],
          ['Revision', generation.join(', ')],
          ['Sign-in', authentication.join(', ')],
          ['Clients', clients.join(', ')],
          ['First seen', <Time key="first" at={firstSeen} form="date" />],
          ['Last seen', <Time key="last" at={lastSeen} />],
        ]}
      />
    </Panel>
  );
}
