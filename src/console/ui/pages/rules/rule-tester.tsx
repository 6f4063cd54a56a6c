// Tries requests: a pasted one is judged as the proxy would, phase by phase; recorded ones are counted.

import { Button, Group, SegmentedControl, Select, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { RuleTest, RuleTestResult } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';
import { Fault } from '../../parts/fault.tsx';
import { TestResult } from './test-result.tsx';

const EXAMPLE = `POST https://tools.example.net/mcp HTTP/1.1
content-type: application/json
accept: application/json, text/event-stream
mcp-protocol-version: 2025-06-18

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{}}}`;

const SPANS = [
  { value: '24h', label: 'last 24 hours' },
  { value: '7d', label: 'last 7 days' },
  { value: '14d', label: 'last 14 days' },
];

/** @param ruleId the rule in question; without it, the whole pack judges a pasted request */
export function RuleTester({ ruleId }: { ruleId?: string }) {
  const [kind, setKind] = useState('pasted');
  const [request, setRequest] = useState('');
  const [since, setSince] = useState('7d');
  const test = useMutation({ mutationFn: (body: RuleTest) => callApi<RuleTestResult>('/rules/test', { method: 'POST', body }) });
  const isPasted = kind === 'pasted' || ruleId === undefined;

  function run(event: FormEvent): void {
    event.preventDefault();
    if (isPasted) test.mutate({ request, ...(ruleId === undefined ? {} : { ruleId }) });
    else test.mutate({ ruleId: ruleId ?? '', since });
  }

  return (
    <form onSubmit={run}>
      <Stack gap="sm">
        {ruleId !== undefined && (
          <SegmentedControl
            size="xs"
            w="fit-content"
            aria-label="What to try it on"
            data={[
              { value: 'pasted', label: 'A pasted request' },
              { value: 'recorded', label: 'Recorded flows' },
            ]}
            value={kind}
            onChange={(value) => {
              setKind(value);
              test.reset();
            }}
          />
        )}
        {isPasted ? (
          <Textarea
            aria-label="Request"
            description="Raw HTTP; an answer may follow after a line of ---. Or a sample as rules carry them, as JSON. Nothing is sent anywhere."
            placeholder={EXAMPLE}
            autosize
            minRows={7}
            maxRows={18}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12.5 } }}
            value={request}
            onChange={(event) => setRequest(event.currentTarget.value)}
          />
        ) : (
          <Select
            label="How far back"
            size="xs"
            w={180}
            data={SPANS}
            value={since}
            onChange={(value) => value && setSince(value)}
            allowDeselect={false}
          />
        )}
        <Group gap="xs">
          <Button type="submit" size="xs" loading={test.isPending} disabled={isPasted && request.trim() === ''}>
            {isPasted ? 'Judge it' : 'Count'}
          </Button>
          {isPasted && request === '' && (
            <Button size="xs" variant="default" onClick={() => setRequest(EXAMPLE)}>
              Use an example
            </Button>
          )}
        </Group>
        <div aria-live="polite">
          <Fault error={test.error} />
          {test.data && <TestResult result={test.data} ruleId={ruleId} />}
          {!test.data && !test.error && !isPasted && (
            <Text size="xs" c="dimmed">
              Counts the recorded flows on which the rule matched.
            </Text>
          )}
        </div>
      </Stack>
    </form>
  );
}
