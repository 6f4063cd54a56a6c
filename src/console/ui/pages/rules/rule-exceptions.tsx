// The exceptions that name a rule: what was found to be no reason for a block.

import { Stack, Text } from '@mantine/core';
import { usePolicy } from '../../api/policy.ts';
import { Untrusted } from '../../parts/untrusted.tsx';
import { policyDates } from './policy-dates.ts';

export function RuleExceptions({ rule, titles }: { rule: string; titles: ReadonlyMap<string, string> }) {
  const { data } = usePolicy();
  if (!data) return null;
  const about = data.exceptions.exceptions.filter((each) => each.rule === rule);
  const dates = policyDates(
    {
      approved: { ...data.approved, servers: [] },
      modes: { default: 'log', modes: [], blocked: [] },
      exceptions: { exceptions: about },
    },
    titles,
    Date.now(),
  );
  return (
    <Stack gap="xs">
      {dates.map(({ key, subject, text, date, comment, by }) => (
        <div key={key}>
          <Text size="sm">
            <Untrusted text={text} /> until {date}
          </Text>
          <Text size="xs" c="dimmed">
            <span className="mono">{subject}</span> · <Untrusted text={comment} /> – <Untrusted text={by} />
          </Text>
        </div>
      ))}
    </Stack>
  );
}
