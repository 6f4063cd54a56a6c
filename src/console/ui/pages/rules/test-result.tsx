// What became of a tried request: the verdict of each phase, with what led to it; or how often a rule matched what was recorded.

import { Anchor, Group, Paper, Stack, Table, Text } from '@mantine/core';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleOff from '@tabler/icons-react/dist/esm/icons/IconCircleOff.mjs';
import { Link } from 'wouter';
import { POLICY_STEPS } from '../../../../engine/policy/steps.ts';
import type { Action, PolicyStep, Traffic } from '../../../../engine/verdict.ts';
import type { RuleTestResult } from '../../../api/shapes.ts';
import { Confidence } from '../../parts/confidence.tsx';
import { ToneBadge } from '../../parts/level-badge.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { VerdictBadge } from '../../parts/verdict-badge.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { counted, plain } from '../../text/format.ts';

export function TestResult({ result, ruleId }: { result: RuleTestResult; ruleId: string | undefined }) {
  const { phases, matched, recorded } = result;
  return (
    <Stack gap="sm">
      {ruleId !== undefined && (
        <ToneBadge tone={matched ? 'warn' : 'calm'} icon={matched ? IconCircleCheck : IconCircleOff}>
          {matched ? 'the rule matched' : 'the rule did not match'}
        </ToneBadge>
      )}
      {recorded && <Recorded recorded={recorded} />}
      {phases.map((phase) => (
        <Phase key={phase.phase} phase={phase} ruleId={ruleId} />
      ))}
    </Stack>
  );
}

function Recorded({ recorded }: { recorded: NonNullable<RuleTestResult['recorded']> }) {
  const address = usePageAddress();
  return (
    <Text size="sm">
      {counted(recorded.n, 'flow')} of {counted(recorded.users, 'user')} to {counted(recorded.servers, 'server')},{' '}
      {plain(recorded.blocked)} of them blocked.{' '}
      {recorded.examples.slice(0, 5).map((id, at) => (
        <Anchor inherit key={id} component={Link} href={address('/activity', { open: id })} mr={8}>
          example {at + 1}
        </Anchor>
      ))}
    </Text>
  );
}

function Phase({ phase, ruleId }: { phase: RuleTestResult['phases'][number]; ruleId: string | undefined }) {
  return (
    <Paper withBorder p="sm">
      <Group gap="md">
        <Text size="sm" fw={600}>
          {phase.phase.replace('-', ' ')}
        </Text>
        <TrafficBadge traffic={phase.traffic as Traffic} />
        <VerdictBadge verdict={phase.action as Action} />
        <Confidence value={phase.confidence} />
      </Group>
      <Text size="sm" mt={4}>
        <Untrusted text={phase.reason} />
      </Text>
      <Text size="xs" c="dimmed">
        Decided by {POLICY_STEPS[phase.policy.step as PolicyStep['step']] ?? phase.policy.step}
        {phase.policy.id !== '' && (
          <>
            {' ('}
            <Untrusted text={phase.policy.id} mono />)
          </>
        )}
      </Text>
      {phase.rules.map(({ id, title, evidence }) => (
        <Text key={id} size="sm" mt={4}>
          {id === ruleId ? <b>{title}</b> : title}: <Untrusted text={evidence} />
        </Text>
      ))}
      {phase.signals.length > 0 && (
        <Table fz="xs" mt="xs" verticalSpacing={3} aria-label="Signals">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Signal</Table.Th>
              <Table.Th>Weight</Table.Th>
              <Table.Th>Seen in</Table.Th>
              <Table.Th>Value</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {phase.signals.map(({ id, where, value, weight }) => (
              <Table.Tr key={`${id} ${where} ${value}`}>
                <Table.Td className="mono">{id}</Table.Td>
                <Table.Td>{weight}</Table.Td>
                <Table.Td className="mono">{where}</Table.Td>
                <Table.Td>
                  <Untrusted text={value} mono />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Paper>
  );
}
