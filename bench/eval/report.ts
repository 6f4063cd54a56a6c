// Writes the measures as Markdown: for the terminal and for docs/reference/detection-quality.md.

import { CLASSES, type Count, type Measured, precision, type Remark, recall } from './measure.ts';

/**
 * @param corpus name of the corpus.
 * @param date day of the run, YYYY-MM-DD.
 */
export function report(measured: Measured, unmet: readonly string[], corpus: string, date: string): string {
  const { strict, benign, undecidable } = measured;
  const lines = [
    '# Detection quality',
    '',
    `Corpus \`${corpus}\`, ${measured.sessions} sessions, ${measured.exchanges} exchanges, judged on ${date}. Made by \`npm run eval\`.`,
    '',
    unmet.length === 0 ? 'All limits are kept.' : `Not kept:\n\n${unmet.map((line) => `- ${line}`).join('\n')}`,
    '',
    '## Classes',
    '',
    '| class | exchanges | precision | recall | sessions | precision | recall |',
    '|---|--:|--:|--:|--:|--:|--:|',
    ...CLASSES.map((name) => `| ${name} | ${cells(measured.byClass[name])} | ${cells(measured.bySession[name])} |`),
    '',
    'Exchanges are counted for recall where the recording says that the exchange decides itself.',
    '',
    '| | of | share |',
    '|---|--:|--:|',
    `| named right, judged in order | ${strict.all} | ${share(strict.inOrder, strict.all)} |`,
    `| named right, each judged alone, without memory of servers | ${strict.all} | ${share(strict.alone, strict.all)} |`,
    `| exchanges that prove nothing themselves, named right by memory | ${undecidable.all} | ${share(undecidable.found, undecidable.all)} |`,
    `| benign flows that are suspect | ${benign.all} | ${share(benign.suspect, benign.all)} |`,
    `| benign flows above suspect | ${benign.all} | ${share(benign.above, benign.all)} |`,
    '',
    '## Beside the published expressions',
    '',
    'The baseline is the published gateway method: ten expressions on the body of a POST, with and without its host and path rules.',
    '',
    '| `shadow` exchanges | precision | recall | false alarms |',
    '|---|--:|--:|--:|',
    row('Daylight', measured.byClass.shadow),
    row('ten expressions', measured.baseline.body),
    row('ten expressions, hosts and paths', measured.baseline.any),
    '',
    ...table('Generations', measured.byGeneration),
    ...table('Transports', measured.byTransport),
    '## Misses and false alarms',
    '',
    measured.remarks.length === 0 ? 'None.' : measured.remarks.map(describe).join('\n'),
    '',
  ];
  return lines.join('\n');
}

function cells(count: Count): string {
  return `${count.found + count.missed} | ${precision(count).toFixed(4)} | ${recall(count).toFixed(4)}`;
}

function row(name: string, count: Count): string {
  return `| ${name} | ${precision(count).toFixed(4)} | ${recall(count).toFixed(4)} | ${count.wrong} |`;
}

function table(title: string, counts: ReadonlyMap<string, Count>): string[] {
  const rows = [...counts].sort(([a], [b]) => a.localeCompare(b));
  if (rows.length === 0) return [];
  const body = rows.map(([name, count]) => `| ${name} | ${count.found + count.missed} | ${recall(count).toFixed(4)} |`);
  return [`## ${title}`, '', '| as recorded | exchanges | recall |', '|---|--:|--:|', ...body, ''];
}

function share(part: number, all: number): string {
  return all === 0 ? '–' : `${part} (${(part / all).toFixed(4)})`;
}

function describe(each: Remark): string {
  return [
    `- ${each.kind}: \`${each.session}\` entry ${each.index} (${each.sublabel}), expected ${each.expected}, got ${each.got} at ${each.confidence}.`,
    `  \`${each.request}\` ${each.reason} Signals: ${each.signals || 'none'}.`,
  ].join('\n');
}
