// Proxy tokens.

import type { ProxyTokenItem } from '../../../api/shapes.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { ProxyTokenDialog } from './proxy-token-dialog.tsx';
import { TokenPanel } from './token-panel.tsx';

export function ProxyTokensView() {
  return (
    <TokenPanel<ProxyTokenItem>
      title="Proxy tokens"
      about="With one, a program says on whose behalf it uses the proxy. One for each device is easiest to revoke."
      path="/proxy-tokens"
      none={
        <EmptyState title="There is no proxy token">
          Requests of a program without one are those of an unknown user, unless its certificate, its address or a proxy in front
          says who it is. Make a token, and give it to the program as the password of the proxy.
        </EmptyState>
      }
      named="For"
      holder={{ key: 'user', title: 'User', of: ({ user }) => user }}
      grant={{
        key: 'groups',
        title: 'Groups',
        render: ({ groups }) => <Untrusted text={groups.length > 0 ? groups.join(', ') : '–'} cut />,
      }}
      end={{
        word: 'Revoke',
        effect: ({ name, user }) => (
          <>
            Within a second, programs that use <Untrusted text={name} /> of <Untrusted text={user} /> are asked for another one.
          </>
        ),
      }}
      NewToken={ProxyTokenDialog}
    />
  );
}
