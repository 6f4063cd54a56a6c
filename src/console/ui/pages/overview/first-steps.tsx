// An overview without anything to show: how traffic gets here.

import { Anchor, Button, Code, Group, List, Paper, Stack, Text } from '@mantine/core';
import { EmptyState } from '../../parts/empty-state.tsx';
import { useRange } from '../../state/use-url.ts';

export function FirstSteps() {
  const { range, set } = useRange();
  const short = !('span' in range) || range.span !== '30d';
  return (
    <Paper withBorder style={{ borderColor: 'var(--line)' }}>
      <EmptyState title="No MCP traffic in this span">
        <Stack gap="sm" mt="xs">
          <Text size="sm">Either nobody used MCP, or its traffic does not pass here yet. To bring it here:</Text>
          <List type="ordered" size="sm" ta="left" spacing={6}>
            <List.Item>
              Point clients to the proxy: <Code>HTTPS_PROXY</Code> and <Code>HTTP_PROXY</Code>, or the system's proxy setting.
            </List.Item>
            <List.Item>
              Let them trust Daylight's CA:{' '}
              <Anchor inherit underline="always" href="/api/ca.pem">
                download it
              </Anchor>
              , then the system store, or <Code>NODE_EXTRA_CA_CERTS</Code>.
            </List.Item>
            <List.Item>
              Or see a catch on this machine first: <Code>npm run demo</Code>
            </List.Item>
          </List>
          {short && (
            <Group justify="center">
              <Button variant="default" size="xs" onClick={() => set({ span: '30d' })}>
                Look at the last 30 days
              </Button>
            </Group>
          )}
        </Stack>
      </EmptyState>
    </Paper>
  );
}
