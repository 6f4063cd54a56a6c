// `daylight dlp scan`: tries detectors and profiles on a text, on JSON, or on JSON-RPC messages, one or several (one a line). What
// is found is shown masked. Nothing is recorded.

import { createHmac, hash, randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import { compileDlp, NO_DLP } from '../engine/dlp/compile.ts';
import { type Preview, type PreviewFinding, previewScan } from '../engine/dlp/preview.ts';
import { CONFIDENCES, type Confidence } from '../engine/dlp/schema.ts';
import type { Content, Direction, ScanTools } from '../engine/dlp/types.ts';
import { loadSnapshotSource } from '../load.ts';
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

/** One message, or what is read as if it were the content of one. */
interface Part {
  /** From 1; 0 if the whole text is one message. */
  line: number;
  direction: Direction;
  content: Content & { kind: 'json' };
  as: 'message' | 'json' | 'text';
}

/** A scan reads what JSON-RPC carries. Other text and other JSON is put there, and taken out again. */
const WRAP = { before: '{"result":{"content":', after: '}}', place: '.result.content' };

function scan(file: string, options: ScanOptions): void {
  const { source } = loadSnapshotSource(configOf(options).rules);
  const dlp = compileDlp(source.dlp ?? NO_DLP);
  const parts = partsOf(readInput(file), options.direction);
  const tools = scanTools();
  const scanned = parts.map((part) => {
    const { direction, content } = part;
    const preview = previewScan(content, { dlp, direction, threshold: options.threshold, tools });
    return { part, preview: { ...preview, findings: preview.findings.map((finding) => placed(finding, part)) } };
  });
  const found = scanned.flatMap(({ part, preview }) => preview.findings.map((finding) => ({ line: part.line, finding })));
  for (const { part, preview } of scanned) {
    if (preview.truncated !== '')
      note(`${part.line > 0 ? `line ${part.line}: ` : ''}not everything was read (${preview.truncated})`);
  }
  if (found.length > 0) process.exitCode = EXIT.findings;
  if (options.redact) {
    const text = scanned.map(({ part, preview }) => redactedText(part, preview)).join('\n');
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

/** A finding where a person would look for it: what was wrapped is named without the wrapping. */
function placed(finding: PreviewFinding, { as }: Part): PreviewFinding {
  return as === 'message' ? finding : { ...finding, where: finding.where.replace(WRAP.place, '') };
}

function redactedText({ content, as }: Part, { text = content.text }: Preview): string {
  if (as === 'message') return text;
  const inner = text.slice(WRAP.before.length, -WRAP.after.length);
  return as === 'text' ? String(JSON.parse(inner)) : inner;
}

/** The input as one message, as one message a line, or else as one text. */
function partsOf(text: string, direction: Direction | undefined): Part[] {
  const whole = parseJson(text);
  if (whole !== undefined) return [partOf(whole, text.trim(), 0, direction)];
  const lines = text.split('\n').map((json, index) => ({ json: json.trim(), line: index + 1 }));
  const filled = lines.filter(({ json }) => json !== '').map((each) => ({ ...each, value: parseJson(each.json) }));
  if (filled.length > 0 && filled.every(({ value }) => value !== undefined)) {
    return filled.map(({ json, line, value }) => partOf(value, json, line, direction));
  }
  return [{ line: 0, direction: direction ?? 'request', as: 'text', content: wrap(JSON.stringify(text), 'text') }];
}

function partOf(value: unknown, json: string, line: number, direction: Direction | undefined): Part {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const isMessage = typeof first === 'object' && first !== null && 'jsonrpc' in first;
  if (!isMessage) return { line, direction: direction ?? 'request', as: 'json', content: wrap(json, 'json') };
  const way = direction ?? ('result' in first || 'error' in first ? 'response' : 'request');
  return { line, direction: way, as: 'message', content: { kind: 'json', text: json, where: `${way}.body` } };
}

function wrap(json: string, where: string): Part['content'] {
  return { kind: 'json', text: WRAP.before + json + WRAP.after, where };
}

/** An object or a list; undefined if the text is neither. */
function parseJson(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Tools of a scan that a person waits for: the clock stands still, so that no scan ends early. */
export function scanTools(): ScanTools {
  const key = randomBytes(32);
  return {
    now: () => 0,
    keyedHash: (text) => createHmac('sha256', key).update(text).digest('hex'),
    sha256: (text) => hash('sha256', text),
  };
}
