// Writes the measures of DLP as Markdown, below the tables of detection.

import type { MeasuredDlp } from './dlp.ts';
import { precision, recall } from './measure.ts';

export function reportDlp({ snippets, overall, byDetector, remarks }: MeasuredDlp, unmet: readonly string[]): string {
  const rows = Object.entries(byDetector).sort(([a], [b]) => a.localeCompare(b));
  return [
    '### Data loss prevention',
    '',
    `The labelled set in \`test/corpus/dlp\`: ${snippets.toLocaleString('en')} snippets, all shipped detectors, medium confidence.`,
    '',
    unmet.length === 0 ? 'Its limits are kept.' : unmet.map((line) => `- ${line}`).join('\n'),
    '',
    '| detector | positive | found | negative | wrong | precision | recall |',
    '|---|--:|--:|--:|--:|--:|--:|',
    ...rows.map(
      ([id, count]) =>
        `| ${id} | ${count.positive} | ${count.found} | ${count.negative} | ${count.wrong} | ${precision(count).toFixed(4)} | ${recall(count).toFixed(4)} |`,
    ),
    `| all | ${overall.found + overall.missed} | ${overall.found} | ${snippets - overall.found - overall.missed} | ${overall.wrong} | ${precision(overall).toFixed(4)} | ${recall(overall).toFixed(4)} |`,
    '',
    '#### Misses and false alarms of DLP',
    '',
    remarks.length === 0
      ? 'None.'
      : remarks.map(({ kind, detector, snippet, what }) => `- ${kind}: ${detector} in \`${snippet}\`: ${what}`).join('\n'),
    '',
  ].join('\n');
}
