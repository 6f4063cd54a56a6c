// Until when something holds: the spans that are chosen most, a day of one's own, or no end where that is allowed.

import { Chip, Group, Input, Stack, TextInput } from '@mantine/core';
import { useId } from 'react';
import { dayIn, untilProblem } from '../text/day.ts';

interface UntilFieldProps {
  label: string;
  description?: string;
  /** A day, e.g. 2026-12-04; '' is no end. */
  value: string;
  onChange: (day: string) => void;
  /** Days from now that can be chosen at once. */
  presets?: readonly number[];
  /** Whether it may hold for good. Default: true. */
  endless?: boolean;
}

const WORDS: Readonly<Record<number, string>> = { 1: '1 day', 7: '1 week', 365: '1 year' };

export function UntilField(props: UntilFieldProps) {
  const { label, description, value, onChange, presets = [30, 90, 365], endless = true } = props;
  const id = useId();
  const now = Date.now();
  const chosen = value === '' ? 'endless' : (presets.find((days) => dayIn(days, now) === value)?.toString() ?? 'day');
  function choose(option: string): void {
    if (option === 'endless') onChange('');
    else if (option !== 'day') onChange(dayIn(Number(option), now));
  }
  return (
    <Input.Wrapper label={label} description={description} labelElement="div" labelProps={{ id }}>
      <Stack gap={8} mt={6}>
        <Chip.Group value={chosen} onChange={choose}>
          <Group gap={6} role="radiogroup" aria-labelledby={id}>
            {presets.map((days) => (
              <Chip key={days} value={String(days)} size="xs" radius="sm">
                {WORDS[days] ?? `${days} days`}
              </Chip>
            ))}
            {endless && (
              <Chip value="endless" size="xs" radius="sm">
                No end
              </Chip>
            )}
          </Group>
        </Chip.Group>
        <TextInput
          type="date"
          size="xs"
          w={170}
          aria-label={`${label}: last day`}
          min={dayIn(0, now)}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          error={untilProblem(value, endless, now)}
        />
      </Stack>
    </Input.Wrapper>
  );
}
