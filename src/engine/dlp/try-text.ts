// Tries detectors and profiles on what a person typed or pasted: one JSON-RPC message, one a line, other JSON, or plain text.

import { type Preview, type PreviewFinding, previewScan } from './preview.ts';
import type { Content, Direction } from './types.ts';

/** One message, or what is read as if it were the content of one. */
interface Part {
  /** From 1; 0 if the whole text is one message. */
  line: number;
  direction: Direction;
  content: Content & { kind: 'json' };
  as: 'message' | 'json' | 'text';
}

export interface TriedPart {
  line: number;
  findings: PreviewFinding[];
  truncated: Preview['truncated'];
  /** The part with everything replaced that was found. */
  redacted: string;
}

export type TryOptions = Omit<Parameters<typeof previewScan>[1], 'direction'> & {
  /** As each message looks, unless told. */
  direction?: Direction | undefined;
};

/** A scan reads what JSON-RPC carries. Other text and other JSON is put there, and taken out again. */
const WRAP = { before: '{"result":{"content":', after: '}}', place: '.result.content' };

export function tryText(text: string, options: TryOptions): TriedPart[] {
  return partsOf(text, options.direction).map((part) => {
    const { line, direction, content } = part;
    const preview = previewScan(content, { ...options, direction });
    const findings = preview.findings.map((finding) => placed(finding, part));
    return { line, findings, truncated: preview.truncated, redacted: redactedText(part, preview) };
  });
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
