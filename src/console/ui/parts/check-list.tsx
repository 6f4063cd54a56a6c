// Which checks a tool's definition failed, what that means, and the words that show it.

import { Text } from '@mantine/core';
import { checkOf } from '../../../engine/inventory/checks.ts';
import { Untrusted } from './untrusted.tsx';

/** @param evidence one text for each check */
export function CheckList({ checks, evidence }: { checks: readonly string[]; evidence: readonly string[] }) {
  if (checks.length === 0) return null;
  return (
    <ul style={{ margin: '0 0 8px', paddingLeft: 18, fontSize: 13 }}>
      {checks.map((check, at) => (
        <li key={check}>
          It {checkOf(check)?.meaning ?? `fails the check ${check}`}
          {evidence[at] && (
            <Text span size="sm">
              : <Untrusted text={evidence[at]} mono />
            </Text>
          )}
        </li>
      ))}
    </ul>
  );
}
