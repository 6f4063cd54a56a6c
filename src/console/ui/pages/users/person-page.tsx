// One person: how much, where, with which tools, what was stopped, and what leaked.

import { Anchor, Button, Group, SegmentedControl, Stack } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { visibleText } from '../../../../engine/inventory/visible-text.ts';
import type { ForgetResult, PersonDetails } from '../../../api/shapes.ts';
import { ApiError } from '../../api/client.ts';
import { useRead } from '../../api/read.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RoleButton } from '../../parts/role-button.tsx';
import { Time } from '../../parts/time.tsx';
import { TwoColumns } from '../../parts/two-columns.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { UseOverTime } from '../../parts/use-over-time.tsx';
import { WayBack } from '../../parts/way-back.tsx';
import { usePageAddress, useParam, useRange, useSetParams } from '../../state/use-url.ts';
import { plain } from '../../text/format.ts';
import { ForgetDialog } from './forget-dialog.tsx';
import { ForgottenDialog } from './forgotten-dialog.tsx';
import { PersonBlocks, PersonDlp, PersonFindings } from './person-events.tsx';
import { PersonServers, PersonTools } from './person-use.tsx';
import { userTerm } from './user-term.ts';

const VIEWS = ['servers', 'tools', 'findings', 'dlp', 'blocks'] as const;
type View = (typeof VIEWS)[number];

export function PersonPage({ user }: { user: string }) {
  const setParams = useSetParams();
  const address = usePageAddress();
  const person = useRead<PersonDetails>('/people/one', { user });
  const [forgets, setForgets] = useState(false);
  const [forgotten, setForgotten] = useState<ForgetResult>();
  const leave = () => setParams({ open: '', view: '', sort: '' });
  const isUnknown = person.error instanceof ApiError && person.error.status === 404;
  return (
    <>
      <WayBack list="All users" onClick={leave} />
      <PageHeader title={visibleText(user)} about="What this person did with MCP in the span.">
        <Anchor component={Link} size="sm" href={address('/activity', { filter: userTerm(user) })}>
          Everything recorded
        </Anchor>
        <RoleButton needs="admin" size="xs" variant="default" onClick={() => setForgets(true)}>
          Delete this user …
        </RoleButton>
      </PageHeader>
      {forgets && <ForgetDialog user={user} onForgotten={setForgotten} onClose={() => setForgets(false)} />}
      {forgotten && <ForgottenDialog result={forgotten} onClose={leave} />}
      {isUnknown ? <NotSeen /> : <Loaded asked={person}>{(details) => <Person person={details} />}</Loaded>}
    </>
  );
}

function NotSeen() {
  const { set } = useRange();
  return (
    <Panel title="Use">
      <EmptyState title="Not seen in this span">
        <p>This user sent no MCP traffic in the time that is chosen at the top.</p>
        <Button size="xs" variant="default" onClick={() => set({ span: '30d' })}>
          Look at the last 30 days
        </Button>
      </EmptyState>
    </Panel>
  );
}

function Person({ person }: { person: PersonDetails }) {
  const [wanted] = useParam('view');
  const setParams = useSetParams();
  const view = VIEWS.find((each) => each === wanted) ?? 'servers';
  const { user, groups, n, servers, shadow, blocked, dlp, clients, addresses, serverList, tools, timeline } = person;
  const labels: Record<View, string> = {
    servers: `Servers (${plain(serverList.length)})`,
    tools: `Tools (${plain(tools.length)})`,
    findings: 'Findings',
    dlp: `DLP (${plain(dlp)})`,
    blocks: `Blocked (${plain(blocked)})`,
  };
  return (
    <TwoColumns
      main={
        <>
          <Panel title="Requests" about="Drag over the chart to look closer.">
            <UseOverTime label="Requests of this person" points={timeline} />
          </Panel>
          <Stack gap="sm">
            <Group>
              <SegmentedControl
                aria-label="What of this person"
                data={VIEWS.map((value) => ({ value, label: labels[value] }))}
                value={view}
                onChange={(value) => setParams({ view: value === 'servers' ? '' : value, sort: '' })}
              />
            </Group>
            {view === 'servers' && <PersonServers servers={serverList} />}
            {view === 'tools' && <PersonTools tools={tools} user={user} />}
            {view === 'findings' && <PersonFindings user={user} />}
            {view === 'dlp' && <PersonDlp user={user} />}
            {view === 'blocks' && <PersonBlocks user={user} />}
          </Stack>
        </>
      }
      side={
        <Panel title="Who">
          <Facts
            facts={[
              ['Groups', groups.join(', ')],
              ['Requests', plain(n)],
              ['MCP servers', plain(servers)],
              ['of them shadow', plain(shadow)],
              ['Blocked', plain(blocked)],
              ['DLP findings', plain(dlp)],
              ['Clients', clients.length > 0 && <Names key="clients" names={clients} />],
              ['Addresses', addresses.length > 0 && <Names key="addresses" names={addresses} />],
              ['First seen', <Time key="first" at={person.firstSeen} form="full" />],
              ['Last seen', <Time key="last" at={person.lastSeen} form="full" />],
            ]}
          />
        </Panel>
      }
    />
  );
}

const SHOWN = 12;

function Names({ names }: { names: readonly string[] }) {
  return (
    <>
      {names.slice(0, SHOWN).map((name) => (
        <div key={name}>
          <Untrusted text={name} mono />
        </div>
      ))}
      {names.length > SHOWN && `and ${plain(names.length - SHOWN)} more`}
    </>
  );
}
