// API tokens.

import { Badge } from '@mantine/core';
import type { TokenItem } from '../../../api/shapes.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { TokenDialog } from './token-dialog.tsx';
import { TokenPanel } from './token-panel.tsx';

export function TokensView() {
  return (
    <TokenPanel<TokenItem>
      title="API tokens"
      about="For programs that read or change something by the API. A token can do what its role can, until it ends."
      path="/tokens"
      none={
        <EmptyState title="There is no token">
          Programs send one as <code>Authorization: Bearer …</code>. What they can ask is described at <a href="/docs">/docs</a>.
        </EmptyState>
      }
      named="Name"
      holder={{ key: 'owner', title: 'Owner', of: ({ owner }) => owner }}
      grant={{ key: 'role', title: 'Role', width: 110, render: ({ role }) => <Badge variant="default">{role}</Badge> }}
      end={{
        word: 'End',
        effect: ({ name, owner }) => (
          <>
            Programs that use <Untrusted text={name} /> of <Untrusted text={owner} /> are refused from now on.
          </>
        ),
      }}
      NewToken={TokenDialog}
    />
  );
}
