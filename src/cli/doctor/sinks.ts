// What `daylight doctor` says of the sinks: what the running appliance wrote of each (src/cli/sinks.ts).

import type { Config } from '../../config.ts';
import { readHealth } from '../sinks.ts';
import type { Finding } from './finding.ts';

export function sinks(config: Config, running: boolean): Finding {
  const check = 'sinks';
  if (config.sinks.length === 0) return { check, state: 'ok', detail: 'none is configured' };
  if (!running) return { check, state: 'ok', detail: `${config.sinks.length} configured; no appliance is running` };
  const failing = config.sinks.flatMap((sink) => {
    const known = readHealth(config, sink);
    if (!known) return [`${sink.name} never ran`];
    return known.error === '' ? [] : [`${sink.name}: ${known.error}`];
  });
  if (failing.length === 0) return { check, state: 'ok', detail: `${config.sinks.length} deliver` };
  return {
    ...{ check, state: 'problem', detail: failing.join('; ') },
    fix: 'events wait for them meanwhile; "daylight sinks test NAME" says what the receiver answers',
  };
}
