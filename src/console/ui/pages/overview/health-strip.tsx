// How Daylight itself is doing: one line while all is well, and what to do where it is not.

import { Tooltip } from '@mantine/core';
import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import type { Health } from '../../../api/shapes.ts';
import { useHealth } from '../../api/health.ts';
import { ErrorState } from '../../parts/error-state.tsx';
import { healthSigns } from './health-signs.ts';
import classes from './health-strip.module.css';

export function HealthStrip() {
  const { data, error, refetch } = useHealth();
  if (data) return <Strip health={data} />;
  return error ? <ErrorState error={error} retry={refetch} /> : <div className={classes.strip} aria-hidden />;
}

function Strip({ health }: { health: Health }) {
  return (
    <section className={classes.strip} aria-label="Health of the appliance">
      {healthSigns(health, Date.now()).map(({ name, text, detail, trouble }) => (
        <Tooltip key={name} label={detail} disabled={detail === ''}>
          <span className={classes.sign} data-trouble={trouble || undefined}>
            {trouble ? (
              <IconAlertTriangle size={15} color="var(--bad)" aria-label="Trouble:" />
            ) : (
              <IconCircleCheck size={15} color="var(--good)" aria-hidden />
            )}
            <span className={classes.name}>{name}</span> {text}
          </span>
        </Tooltip>
      ))}
    </section>
  );
}
