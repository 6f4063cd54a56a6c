// Tries a text on the detectors and profiles in force. It is not recorded, and sent nowhere but to this appliance.

import { Alert, Button, Group, SegmentedControl, Stack, Table, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { DlpTest, DlpTestResult } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Fault } from '../../parts/fault.tsx';
import { LevelBadge } from '../../parts/level-badge.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useParam } from '../../state/use-url.ts';
import { counted } from '../../text/format.ts';

/** As the API takes it, characters. */
const LONGEST = 256 * 1024;
export const EXAMPLE =
  'Please charge card 4111 1111 1111 1111, expiry 12/29.\nPay to IBAN DE89 3704 0044 0532 0130 00.\nssn: 536-90-4399';

export function TextTester() {
  const [text, setText] = useState('');
  const [way, setWay] = useParam('way');
  const direction = way === 'response' ? 'response' : 'request';
  const test = useMutation({ mutationFn: (body: DlpTest) => callApi<DlpTestResult>('/dlp/test', { method: 'POST', body }) });
  function run(event: FormEvent): void {
    event.preventDefault();
    if (text !== '') test.mutate({ text, direction });
  }
  return (
    <Panel title="Test a text" about="Text, JSON, or JSON-RPC messages one a line. It is not recorded, and goes nowhere else.">
      <form onSubmit={run}>
        <Stack gap="sm">
          <Textarea
            aria-label="Text to test"
            placeholder={EXAMPLE}
            autosize
            minRows={7}
            maxRows={20}
            maxLength={LONGEST}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12.5 } }}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && run(event)}
          />
          <Group gap="xs">
            <SegmentedControl
              size="xs"
              aria-label="As part of"
              data={[
                { value: 'request', label: 'As a request' },
                { value: 'response', label: 'As an answer' },
              ]}
              value={direction}
              onChange={(value) => setWay(value === 'request' ? '' : value, { replace: true })}
            />
            <Button type="submit" size="xs" loading={test.isPending} disabled={text === ''}>
              Look for sensitive data
            </Button>
            {text === '' && (
              <Button size="xs" variant="default" onClick={() => setText(EXAMPLE)}>
                Use an example
              </Button>
            )}
          </Group>
          <div aria-live="polite">
            <Fault error={test.error} />
            {test.data && <Tested result={test.data} />}
          </div>
        </Stack>
      </form>
    </Panel>
  );
}

function Tested({ result: { findings, redacted, truncated } }: { result: DlpTestResult }) {
  return (
    <Stack gap="sm">
      {truncated !== '' && (
        <Alert color="yellow" variant="light" title="Not all of it was read">
          <Untrusted text={truncated} />
        </Alert>
      )}
      {findings.length === 0 ? (
        <EmptyState title="Nothing was found">
          No detector met what it looks for, not even with low confidence. Words nearby, such as “card” or “iban”, can matter.
        </EmptyState>
      ) : (
        <>
          <Text size="sm" fw={600}>
            {counted(findings.length, 'finding')}
          </Text>
          <FoundTable findings={findings} />
        </>
      )}
      <Text size="sm" fw={600}>
        With everything replaced that was found
      </Text>
      <CodeBlock text={redacted} label="Redacted text" />
    </Stack>
  );
}

export function FoundTable({ findings }: { findings: DlpTestResult['findings'] }) {
  return (
    <Table.ScrollContainer minWidth={820} scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': 'Findings' } }}>
      <Table fz="sm" verticalSpacing={6} aria-label="Findings in the text">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Detector</Table.Th>
            <Table.Th>Severity</Table.Th>
            <Table.Th>Masked</Table.Th>
            <Table.Th>Confidence</Table.Th>
            <Table.Th>Where</Table.Th>
            <Table.Th>What profiles do</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {findings.map(({ detector, severity, masked, confidence, validated, where, offset, profiles }) => (
            <Table.Tr key={`${where} ${offset} ${detector}`}>
              <Table.Td>{detector}</Table.Td>
              <Table.Td>
                <LevelBadge level={severity} />
              </Table.Td>
              <Table.Td>
                <Untrusted text={masked} mono />
              </Table.Td>
              <Table.Td>{validated ? `${confidence}, checksum right` : confidence}</Table.Td>
              <Table.Td>
                <Untrusted text={where === '' ? `character ${offset}` : `${where}, character ${offset}`} mono />
              </Table.Td>
              <Table.Td>
                {profiles.length === 0
                  ? 'none counts it'
                  : profiles.map(({ profile, action }) => `${profile}: ${action}`).join(', ')}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
