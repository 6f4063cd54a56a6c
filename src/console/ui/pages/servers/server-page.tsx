// One server: what it is, how it is used, what it offers, what changed about that, and what people decided.

import { Anchor } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { visibleText } from '../../../../engine/inventory/visible-text.ts';
import type { ServerDetails } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { approvalTarget } from '../../parts/approval-form.ts';
import { ApproveDialog } from '../../parts/approve-dialog.tsx';
import { BlockDialog } from '../../parts/block-dialog.tsx';
import { termFor } from '../../parts/filter-bar-text.ts';
import { OneOf } from '../../parts/one-of.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RoleButton } from '../../parts/role-button.tsx';
import { TwoColumns } from '../../parts/two-columns.tsx';
import { UnapproveDialog } from '../../parts/unapprove-dialog.tsx';
import { UseOverTime } from '../../parts/use-over-time.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { counted } from '../../text/format.ts';
import { ReviewDialog } from './review-dialog.tsx';
import { ServerDecisions } from './server-decisions.tsx';
import { ServerFacts } from './server-facts.tsx';
import { ServerRequests } from './server-requests.tsx';
import { ServerUsers } from './server-users.tsx';
import { ToolChanges } from './tool-changes.tsx';
import { ToolList } from './tool-list.tsx';
import { UnblockDialog } from './unblock-dialog.tsx';

type Dialog = 'approve' | 'block' | 'unapprove' | 'unblock' | 'review';

export function ServerPage({ serverKey }: { serverKey: string }) {
  const server = useRead<ServerDetails>('/servers/one', { key: serverKey }, { everySeconds: 60 });
  return (
    <OneOf
      list="All servers"
      name={serverKey}
      asked={server}
      advice="It was not seen in this time, or the address is mistyped. Choose a longer time at the top."
    >
      {(details) => <Details server={details} />}
    </OneOf>
  );
}

const WHY_NOT = 'This entry has no address or name that an approval could state.';

function Details({ server }: { server: ServerDetails }) {
  const [dialog, setDialog] = useState<Dialog>();
  const address = usePageAddress();
  const { serverKey, name, state, approval, block } = server;
  const target = approvalTarget(serverKey);
  const title = visibleText(name || serverKey.replace(/^https:\/\//, ''));
  const close = () => setDialog(undefined);
  const dialogs: Record<Dialog, ReactNode> = {
    approve: <ApproveDialog targets={[target ?? serverKey]} known={approval} owner={server.owner} onClose={close} />,
    block: <BlockDialog url={target ?? serverKey} onClose={close} />,
    unapprove: <UnapproveDialog url={approval?.url ?? serverKey} onClose={close} />,
    unblock: <UnblockDialog url={block?.url ?? serverKey} onClose={close} />,
    review: <ReviewDialog server={server} onClose={close} />,
  };
  const why = target === undefined ? WHY_NOT : undefined;
  return (
    <>
      <PageHeader title={cut(title)} about={name === '' ? '' : visibleText(serverKey)}>
        <RoleButton needs="analyst" size="xs" variant="default" onClick={() => setDialog('review')}>
          Note …
        </RoleButton>
        {approval && (
          <RoleButton needs="operator" size="xs" variant="default" onClick={() => setDialog('unapprove')}>
            Take the approval back …
          </RoleButton>
        )}
        {block ? (
          <RoleButton needs="operator" size="xs" variant="default" onClick={() => setDialog('unblock')}>
            Lift the block …
          </RoleButton>
        ) : (
          <RoleButton needs="operator" size="xs" variant="default" why={why} onClick={() => setDialog('block')}>
            Block …
          </RoleButton>
        )}
        <RoleButton
          needs="operator"
          size="xs"
          variant={state === 'approved' ? 'default' : 'filled'}
          why={why}
          onClick={() => setDialog('approve')}
        >
          {approval ? 'Change the approval …' : 'Approve …'}
        </RoleButton>
      </PageHeader>
      <TwoColumns
        main={
          <>
            <Panel
              title="Use"
              about={`${counted(server.n, 'request')} of ${counted(server.users, 'user')} in this time`}
              actions={
                <Anchor component={Link} href={address('/activity', { filter: termFor('server', serverKey) })} size="sm">
                  Show them
                </Anchor>
              }
            >
              <UseOverTime label="Requests to the server" points={server.timeline} />
            </Panel>
            {server.changes.length > 0 && <ToolChanges changes={server.changes} />}
            <ToolList tools={server.toolList} serverKey={serverKey} />
          </>
        }
        side={
          <>
            <ServerDecisions server={server} />
            <ServerFacts server={server} />
            <ServerUsers server={server} />
            {server.requests.length > 0 && <ServerRequests requests={server.requests} />}
          </>
        }
      />
      {dialog && dialogs[dialog]}
    </>
  );
}

const LONGEST = 70;

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
