// `daylight dlp scan`: tries detectors and profiles on a text, on JSON, or on JSON-RPC messages, one or several (one a line). What
// is found is shown masked. Nothing is recorded.

import { type Command, Option } from 'commander';
import { compileDlp, NO_DLP } from '../engine/dlp/compile.ts';
import type { PreviewFinding } from '../engine/dlp/preview.ts';
import { CONFIDENCES, type Confidence } from '../engine/dlp/schema.ts';
import { tryText } from '../engine/dlp/try-text.ts';
import type { Direction } from '../engine/dlp/types.ts';
import { loadSnapshotSource } from '../load.ts';
import { previewTools } from '../preview-tools.ts';
import { type CommonOptions, command, configOf, EXIT } from './command.ts';
import { note, print, printJson, table } from './output.ts';
import { readInput } from './read-input.ts';

interface ScanOptions extends CommonOptions {
  direction?: Direction;
  threshold: Confidence;
  redact?: boolean;
}

export function scanCommand(): Command {
  return command('scan', 'show what detectors find in a text or in JSON-RPC messages, and what each profile would do')
    .argument('<file>', 'a text, a message, or one message a line; - for standard input')
    .addOption(
      new Option('--direction <way>', 'read it as a request or a response (default: as each message looks)').choices([
        'request',
        'response',
      ]),
    )
    .addOption(
      new Option('--threshold <confidence>', 'show findings from here on, and what a profile takes')
        .choices(CONFIDENCES)
        .default('medium'),
    )
    .option('--redact', 'print the text with everything replaced that is found')
    .action(scan);
}

function scan(file: string, options: ScanOptions): void {
  const { source } = loadSnapshotSource(configOf(options).rules);
  const dlp = compileDlp(source.dlp ?? NO_DLP);
  const { direction, threshold } = options;
  const parts = tryText(readInput(file), { dlp, direction, threshold, tools: previewTools() });
  const found = parts.flatMap(({ line, findings }) => findings.map((finding) => ({ line, finding })));
  for (const { line, truncated } of parts) {
    if (truncated !== '') note(`${line > 0 ? `line ${line}: ` : ''}not everything was read (${truncated})`);
  }
  if (found.length > 0) process.exitCode = EXIT.findings;
  if (options.redact) {
    const text = parts.map(({ redacted }) => redacted).join('\n');
    if (options.json) printJson({ text, findings: found.length });
    else print(text.replace(/\n$/, ''));
  } else if (options.json) {
    for (const { line, finding } of found) printJson(shown(line, finding));
  } else if (found.length === 0) print('Nothing was found.');
  else {
    const cells = found.map(({ line, finding }) => [
      line > 0 ? `${line}: ${finding.where}` : finding.where,
      finding.detector,
      finding.confidence,
      finding.masked,
      finding.profiles.map(({ profile, action }) => `${profile}: ${action}`).join(', ') || '-',
    ]);
    print(table(['where', 'detector', 'confidence', 'masked', 'profiles'], cells));
  }
}

/** A finding for programs. Without the hash: its key is that of this run. */
function shown(line: number, finding: PreviewFinding): Record<string, unknown> {
  const { detector, family, severity, direction, where, offset, length, decoded, validated, confidence, masked, profiles } =
    finding;
  return { line, detector, family, severity, direction, where, offset, length, decoded, validated, confidence, masked, profiles };
}
