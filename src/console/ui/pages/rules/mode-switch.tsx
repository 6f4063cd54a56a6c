// Off, log or block, as it is; choosing another asks first. Analysts may ask what would happen, viewers see the word alone.

import { SegmentedControl, Text } from '@mantine/core';
import type { Mode } from '../../../../engine/policy/schema.ts';
import { useMay } from '../../api/session.ts';
import classes from './mode-switch.module.css';

const MODES: readonly Mode[] = ['off', 'log', 'block'];

interface ModeSwitchProps {
  /** What it is the mode of, for people who do not see it. */
  label: string;
  mode: Mode;
  onAsk: (mode: Mode) => void;
}

export function ModeSwitch({ label, mode, onAsk }: ModeSwitchProps) {
  const may = useMay('analyst');
  if (!may) return <Text size="sm">{mode}</Text>;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keeps a click on the switch from being one on the row
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys do not reach the row
    <span className={classes.switch} data-mode={mode} onClick={(event) => event.stopPropagation()}>
      <SegmentedControl
        size="xs"
        aria-label={`Mode of ${label}`}
        data={[...MODES]}
        value={mode}
        onChange={(value) => onAsk(value as Mode)}
      />
    </span>
  );
}
