// One version of policy: who, why, what it changed line by line, and the way back to it.

import { Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { PolicyVersionDetails, PolicyVersionItem } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { useRuleTitles } from '../../api/rule-titles.ts';
import { DetailDrawer } from '../../parts/detail-drawer.tsx';
import { DiffView } from '../../parts/diff-view.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { RoleButton } from '../../parts/role-button.tsx';
import { Section } from '../../parts/section.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { withTitles } from '../../text/with-titles.ts';
import { RollbackDialog } from './rollback-dialog.tsx';

interface VersionDrawerProps {
  number: number;
  /** Those that are loaded, newest first. */
  versions: readonly PolicyVersionItem[];
  onClose: () => void;
}

export function VersionDrawer({ number, versions, onClose }: VersionDrawerProps) {
  const version = useRead<PolicyVersionDetails>(`/policy/history/${number}`, {}, { ranged: false, everySeconds: 0 });
  const [asks, setAsks] = useState(false);
  const titles = useRuleTitles();
  const inForce = versions[0]?.number === number;
  return (
    <DetailDrawer title={`Version ${number}`} onClose={onClose}>
      <Loaded asked={version}>
        {({ actor, action, object, reason, time, id, changes, diff }) => (
          <Stack gap="lg">
            <Group>
              <RoleButton
                needs="operator"
                size="xs"
                variant="default"
                why={inForce ? 'This is the version in force.' : undefined}
                onClick={() => setAsks(true)}
              >
                Put this version back …
              </RoleButton>
            </Group>
            <Facts
              facts={[
                ['When', <Time key="when" at={time} form="full" />],
                ['Who', actor],
                ['Why', reason],
                ['Act', [action, object].filter(Boolean).join(' ')],
                [
                  'Content',
                  <span key="id" className="mono">
                    {id}
                  </span>,
                ],
              ]}
            />
            <Section title="What it changed">
              {changes.length === 0 ? (
                <Text size="sm" c="dimmed">
                  Nothing that counts: comments or layout.
                </Text>
              ) : (
                <ul style={{ margin: 0, paddingLeft: 18, fontSize: 14 }}>
                  {changes.map((change) => (
                    <li key={change}>
                      <Untrusted text={withTitles(change, titles)} />
                    </li>
                  ))}
                </ul>
              )}
            </Section>
            {diff.map(({ file, lines }) => (
              <Section key={file} title={file}>
                <DiffView lines={lines} label={`Lines of ${file} that are different`} />
              </Section>
            ))}
          </Stack>
        )}
      </Loaded>
      {asks && (
        <RollbackDialog number={number} newer={versions.filter((each) => each.number > number)} onClose={() => setAsks(false)} />
      )}
    </DetailDrawer>
  );
}
