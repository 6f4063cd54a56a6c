// The time range of all pages: spans that end now, or two points. Arrows move it by its own length.

import { ActionIcon, Button, Group, Popover, Stack, Tooltip } from '@mantine/core';
import IconCalendar from '@tabler/icons-react/dist/esm/icons/IconCalendar.mjs';
import IconChevronLeft from '@tabler/icons-react/dist/esm/icons/IconChevronLeft.mjs';
import IconChevronRight from '@tabler/icons-react/dist/esm/icons/IconChevronRight.mjs';
import { lazy, Suspense, useState } from 'react';
import { type Range, SPANS, shiftRange } from '../state/range.ts';
import { useRange } from '../state/use-url.ts';
import { localTime } from '../text/format.ts';
import { useShortcut } from './shortcuts.tsx';

// The calendar is as large as the rest of the header, and few need it.
const RangeCalendar = lazy(async () => ({ default: (await import('./range-calendar.tsx')).RangeCalendar }));

export function RangePicker() {
  const { range, set } = useRange();
  const [opened, setOpened] = useState(false);
  useShortcut('t', 'Choose the time range', () => setOpened(true));
  function choose(next: Range): void {
    set(next);
    setOpened(false);
  }
  return (
    <Group gap={2} wrap="nowrap">
      <Step label="Earlier" onClick={() => set(shiftRange(range, -1, Date.now()))}>
        <IconChevronLeft size={16} aria-hidden />
      </Step>
      <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus withRoles>
        <Popover.Target>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconCalendar size={16} aria-hidden />}
            onClick={() => setOpened(!opened)}
            aria-label={`Time range: ${rangeLabel(range)}`}
          >
            {rangeLabel(range)}
          </Button>
        </Popover.Target>
        <Popover.Dropdown p="sm">
          <Group align="flex-start" gap="md" maw="min(460px, calc(100vw - 48px))">
            <Stack gap={2}>
              {SPANS.map(({ span, label }) => (
                <Button
                  key={span}
                  variant={'span' in range && range.span === span ? 'light' : 'subtle'}
                  color={'span' in range && range.span === span ? undefined : 'gray'}
                  size="xs"
                  justify="flex-start"
                  onClick={() => choose({ span })}
                >
                  {label}
                </Button>
              ))}
            </Stack>
            <Suspense>
              <RangeCalendar range={range} onChoose={choose} />
            </Suspense>
          </Group>
        </Popover.Dropdown>
      </Popover>
      <Step label="Later" disabled={'span' in range} onClick={() => set(shiftRange(range, 1, Date.now()))}>
        <IconChevronRight size={16} aria-hidden />
      </Step>
    </Group>
  );
}

interface StepProps {
  label: string;
  disabled?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}

function Step({ label, disabled, onClick, children }: StepProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="md"
        aria-label={label}
        onClick={onClick}
        disabled={disabled}
        visibleFrom="sm"
        style={disabled ? { visibility: 'hidden' } : undefined}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** As people say it. */
function rangeLabel(range: Range): string {
  if ('span' in range) return SPANS.find(({ span }) => span === range.span)?.label ?? `Last ${range.span}`;
  const now = Date.now();
  const sameDay = new Date(range.from).toDateString() === new Date(range.to).toDateString();
  const end = sameDay ? localTime(range.to, 'time', now).slice(0, 5) : shortMoment(range.to, now);
  return `${shortMoment(range.from, now)} – ${end}`;
}

function shortMoment(time: number, now: number): string {
  return localTime(time, 'full', now)
    .replace(/:\d\d$/, '')
    .replace(/ \d{4},/, ',');
}
