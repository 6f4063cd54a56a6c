// Writes the measures as Markdown: for the terminal, and as a section of docs/reference/detection-quality.md (document.ts).

import { CLASSES, type Compared, type Count, type Measured, precision, type Remark, recall } from './measure.ts';

/**
 * @param corpus what was judged, as the subject of a sentence.
 * @param date day of the run, YYYY-MM-DD.
 */
export function report(measured: Measured, unmet: readonly string[], corpus: string, date: string): string {
  const { strict, benign, undecidable, baseline, baselineSessions } = measured;
  const lines = [
    `${corpus}: ${grouped(measured.sessions)} sessions, ${grouped(measured.exchanges)} exchanges, judged on ${date}.`,
    '',
    unmet.length === 0 ? 'All limits are kept.' : `Not kept:\n\n${unmet.map((line) => `- ${line}`).join('\n')}`,
    '',
    '### Classes',
    '',
    '| class | exchanges | precision | recall | sessions | precision | recall |',
    '|---|--:|--:|--:|--:|--:|--:|',
    ...CLASSES.map((name) => `| ${name} | ${cells(measured.byClass[name])} | ${cells(measured.bySession[name])} |`),
    '',
    '| exchanges | of | share |',
    '|---|--:|--:|',
    `| that decide themselves, named right, judged in order | ${strict.all} | ${share(strict.inOrder, strict.all)} |`,
    `| the same, each judged alone, without memory of servers | ${strict.all} | ${share(strict.alone, strict.all)} |`,
    `| that prove nothing themselves, named right by memory | ${undecidable.all} | ${share(undecidable.found, undecidable.all)} |`,
    `| benign that are suspect | ${benign.all} | ${share(benign.suspect, benign.all)} |`,
    `| benign above suspect | ${benign.all} | ${share(benign.above, benign.all)} |`,
    '',
    '### Beside the published expressions',
    '',
    '| `shadow` | precision | recall | false alarms | sessions: precision | recall |',
    '|---|--:|--:|--:|--:|--:|',
    row('Daylight', measured.byClass.shadow, measured.bySession.shadow),
    row('ten expressions', baseline.body, baselineSessions.body),
    row('ten expressions, hosts and paths', baseline.any, baselineSessions.any),
    '',
    ...table('Generations', measured.byGeneration),
    ...table('Transports', measured.byTransport),
    '### Misses and false alarms',
    '',
    measured.remarks.length === 0 ? 'None.' : measured.remarks.map(describe).join('\n'),
    '',
  ];
  return lines.join('\n');
}

function cells(count: Count): string {
  const all = count.found + count.missed;
  if (all === 0 && count.wrong === 0) return '0 | – | –';
  return `${all} | ${precision(count).toFixed(4)} | ${recall(count).toFixed(4)}`;
}

function row(name: string, count: Count, sessions: Count): string {
  const [exchanges, whole] = [count, sessions].map((each) => [precision(each).toFixed(4), recall(each).toFixed(4)]);
  return `| ${name} | ${exchanges!.join(' | ')} | ${count.wrong} | ${whole!.join(' | ')} |`;
}

function table(title: string, counts: ReadonlyMap<string, Compared>): string[] {
  const rows = [...counts].sort(([a], [b]) => a.localeCompare(b));
  if (rows.length === 0) return [];
  const body = rows.map(
    ([name, { daylight, body, any }]) =>
      `| ${name} | ${daylight.found + daylight.missed} | ${[daylight, body, any].map(recallCell).join(' | ')} |`,
  );
  const head = '| as recorded | exchanges | recall | ten expressions, on `shadow` | with hosts and paths |';
  return [`### ${title}`, '', head, '|---|--:|--:|--:|--:|', ...body, ''];
}

function recallCell(count: Count): string {
  return count.found + count.missed === 0 ? '–' : recall(count).toFixed(4);
}

function share(part: number, all: number): string {
  return all === 0 ? '–' : `${part} (${(part / all).toFixed(4)})`;
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}

function describe(each: Remark): string {
  return [
    `- ${each.kind}: \`${each.session}\` entry ${each.index} (${each.sublabel}), expected ${each.expected}, got ${each.got} at ${each.confidence}.`,
    `  \`${each.request}\` ${each.reason} Signals: ${each.signals || 'none'}.`,
  ].join('\n');
}
