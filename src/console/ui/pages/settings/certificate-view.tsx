// The certificate of the CA: what it is, when it ends, and how clients come to trust it.

import { Alert, Button, Code, List, Stack, Text } from '@mantine/core';
import IconDownload from '@tabler/icons-react/dist/esm/icons/IconDownload.mjs';
import type { Health } from '../../../api/shapes.ts';
import { apiUrl } from '../../api/client.ts';
import { useHealth } from '../../api/health.ts';
import { Facts } from '../../parts/facts.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { ago } from '../../text/format.ts';

/** From here on somebody should plan a new CA: clients have to trust it before the old one ends. */
const SOON_MS = 60 * 86_400_000;

export function CertificateView() {
  const health = useHealth();
  return (
    <Panel
      title="The CA of this appliance"
      about="Daylight reads TLS by answering with certificates of this CA. Clients have to trust it; it holds no secret."
      actions={
        <Button component="a" size="xs" href={apiUrl('/ca.pem')} download leftSection={<IconDownload size={15} aria-hidden />}>
          Download
        </Button>
      }
    >
      <Loaded asked={health}>{({ ca }) => <Certificate ca={ca} />}</Loaded>
    </Panel>
  );
}

function Certificate({ ca: { subject, expires, fingerprint } }: { ca: Health['ca'] }) {
  const now = Date.now();
  return (
    <Stack gap="md">
      {expires - now < SOON_MS && (
        <Alert color="red" variant="light" title={expires < now ? 'It has ended' : 'It ends soon'}>
          Make a new one with <Code>bin/daylight ca rotate</Code>, and have clients trust it before the old one ends.
        </Alert>
      )}
      <Facts
        facts={[
          ['Subject', subject],
          [
            'Ends',
            <span key="ends">
              <Time at={expires} form="full" /> ({ago(expires, now)})
            </span>,
          ],
          ['SHA-256', <Untrusted key="fingerprint" text={fingerprint} mono />],
        ]}
      />
      <div>
        <Text size="sm" fw={600} mb={4}>
          How clients come to trust it
        </Text>
        <List size="sm" spacing={4}>
          <List.Item>Windows, macOS, phones: hand it out with your device management, as a trusted root.</List.Item>
          <List.Item>
            Linux: copy it to <Code>/usr/local/share/ca-certificates/daylight.crt</Code>, then <Code>update-ca-certificates</Code>
          </List.Item>
          <List.Item>
            Node: <Code>NODE_EXTRA_CA_CERTS=daylight-ca.pem</Code>. Python: <Code>SSL_CERT_FILE</Code> and{' '}
            <Code>REQUESTS_CA_BUNDLE</Code>. curl: <Code>CURL_CA_BUNDLE</Code>
          </List.Item>
          <List.Item>
            Before you trust the file, compare its fingerprint:{' '}
            <Code>openssl x509 -in daylight-ca.pem -noout -fingerprint -sha256</Code>
          </List.Item>
        </List>
      </div>
    </Stack>
  );
}
