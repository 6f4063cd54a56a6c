// Settings: one's own account, proxy tokens and API tokens, the certificate that clients have to trust; and for administrators accounts, retention and
// the configuration in force.

import { Group, SegmentedControl, Text } from '@mantine/core';
import { useMay } from '../../api/session.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { useParam, useSetParams } from '../../state/use-url.ts';
import { AccountView } from './account-view.tsx';
import { AccountsView } from './accounts-view.tsx';
import { CertificateView } from './certificate-view.tsx';
import { ConfigurationView } from './configuration-view.tsx';
import { ProxyTokensView } from './proxy-tokens-view.tsx';
import { TokensView } from './tokens-view.tsx';

const VIEWS = [
  { value: 'account', label: 'My account' },
  { value: 'proxy', label: 'Proxy tokens' },
  { value: 'tokens', label: 'API tokens' },
  { value: 'certificate', label: 'Certificate' },
  { value: 'accounts', label: 'Accounts', admin: true },
  { value: 'configuration', label: 'Configuration', admin: true },
];

export function SettingsPage() {
  const [wanted] = useParam('view');
  const setParams = useSetParams();
  const isAdmin = useMay('admin');
  const views = VIEWS.filter(({ admin }) => !admin || isAdmin);
  const view = views.find(({ value }) => value === wanted)?.value ?? 'account';
  return (
    <>
      <PageHeader
        title="Settings"
        about="How you and others sign in, what clients have to trust, and how this appliance is set up."
      />
      <Group mb="md">
        <SegmentedControl
          aria-label="What of the settings"
          data={views.map(({ value, label }) => ({ value, label }))}
          value={view}
          onChange={(value) => setParams({ view: value === 'account' ? '' : value, sort: '' })}
        />
        {!isAdmin && (
          <Text size="xs" c="dimmed">
            Accounts, retention and the configuration are for administrators.
          </Text>
        )}
      </Group>
      {view === 'account' && <AccountView />}
      {view === 'proxy' && <ProxyTokensView />}
      {view === 'tokens' && <TokensView />}
      {view === 'certificate' && <CertificateView />}
      {view === 'accounts' && <AccountsView />}
      {view === 'configuration' && <ConfigurationView />}
    </>
  );
}
