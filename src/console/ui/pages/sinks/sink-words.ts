// What the figures of a sink come to.

import type { Sink } from '../../../api/shapes.ts';

/** Milliseconds that events may wait. */
const LAG_WARNING = 60_000;

type SinkStateWord = 'failing' | 'behind' | 'sending' | 'quiet';

export function sinkState({ error, lagMs, lastSuccessAt }: Pick<Sink, 'error' | 'lagMs' | 'lastSuccessAt'>): SinkStateWord {
  if (error !== '') return 'failing';
  if (lagMs > LAG_WARNING) return 'behind';
  return lastSuccessAt > 0 ? 'sending' : 'quiet';
}

/** What an empty page teaches. */
export const EXAMPLE = `# daylight.yaml
sinks:
  - name: siem
    type: syslog
    host: siem.corp.example
    transport: tls
    format: cef
    filter: traffic:shadow,bypass OR action:block
  - name: archive
    type: file
    path: /var/log/daylight/events.ndjson
    format: ocsf
`;
