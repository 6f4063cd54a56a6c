// One rule pack that ran: which files it added, removed and changed against the one before, line by line.

import { Group, Stack, Text } from '@mantine/core';
import type { PackChanges } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { DetailDrawer } from '../../parts/detail-drawer.tsx';
import { DiffView } from '../../parts/diff-view.tsx';
import { Facts } from '../../parts/facts.tsx';
import { ToneBadge } from '../../parts/level-badge.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Section } from '../../parts/section.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';

const TONES = { added: 'good', removed: 'bad', changed: 'warn' } as const;

export function PackDrawer({ number, onClose }: { number: number; onClose: () => void }) {
  const pack = useRead<PackChanges>(`/rules/pack/${number}`, {}, { ranged: false, everySeconds: 0 });
  return (
    <DetailDrawer title="Rule pack" onClose={onClose}>
      <Loaded asked={pack}>
        {({ version, id, time, daylight, before, files }) => (
          <Stack gap="lg">
            <Facts
              facts={[
                ['Version', version],
                ['Content', id],
                ['In force from', <Time key="time" at={time} form="full" />],
                ['First run by', `Daylight ${daylight}`],
                ['Before it', before ? `${before.version}, ${before.id}` : 'nothing that is known'],
              ]}
            />
            {before === null && (
              <Text size="sm" c="dimmed">
                This is the oldest pack that is kept. What the next one changes will be shown line by line.
              </Text>
            )}
            {files.map(({ file, change, title, lines }) => (
              <Section key={file} title={file}>
                <Group gap="xs" mb={6}>
                  <ToneBadge tone={TONES[change]}>{change}</ToneBadge>
                  <Text size="sm">
                    <Untrusted text={title} />
                  </Text>
                </Group>
                <DiffView lines={lines} label={`Lines of ${file} that are different`} />
              </Section>
            ))}
          </Stack>
        )}
      </Loaded>
    </DetailDrawer>
  );
}
