// Two points in time as the range: days from a calendar, with times of day.

import '@mantine/dates/styles.css';
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { DatePicker } from '@mantine/dates';
import { useState } from 'react';
import { type Range, resolveRange } from '../state/range.ts';

/** `2026-11-20` and `14:05` in local time. */
function parts(time: number): [day: string, clock: string] {
  const local = new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString();
  return [local.slice(0, 10), local.slice(11, 16)];
}

export function RangeCalendar({ range, onChoose }: { range: Range; onChoose: (range: Range) => void }) {
  const { from, to } = resolveRange(range, Date.now());
  const [days, setDays] = useState<[string | null, string | null]>([parts(from)[0], parts(to)[0]]);
  const [clocks, setClocks] = useState<[string, string]>([parts(from)[1], parts(to)[1]]);
  const [first, last] = [Date.parse(`${days[0]}T${clocks[0]}`), Date.parse(`${days[1] ?? days[0]}T${clocks[1]}`)];
  const valid = first < last;
  return (
    <Stack gap="xs">
      <DatePicker
        type="range"
        hideOutsideDates
        weekendDays={[]}
        ariaLabels={{ previousMonth: 'Month before', nextMonth: 'Month after' }}
        size="xs"
        allowSingleDateInRange
        value={days}
        onChange={setDays}
        maxDate={parts(Date.now())[0]}
      />
      <Group gap="xs" wrap="nowrap">
        <TextInput
          size="xs"
          type="time"
          label="From"
          value={clocks[0]}
          onChange={(event) => setClocks([event.currentTarget.value, clocks[1]])}
        />
        <TextInput
          size="xs"
          type="time"
          label="To"
          value={clocks[1]}
          onChange={(event) => setClocks([clocks[0], event.currentTarget.value])}
        />
      </Group>
      {!valid && (
        <Text size="xs" c="var(--mantine-color-error)">
          The end must come after the start.
        </Text>
      )}
      <Button size="xs" disabled={!valid} onClick={() => onChoose({ from: first, to: last })}>
        Show this span
      </Button>
    </Stack>
  );
}
