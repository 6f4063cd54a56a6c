// `daylight replay`: judges a recording (HAR 1.2) with the rules and the policy of this moment, entry by entry in order.
// Exit status 2 when an entry would have been logged or blocked.

import { readFileSync } from 'node:fs';
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { Command } from 'commander';
import { decide } from '../engine/decide.ts';
import { type HarEntry, HarProblem, type JudgedEntry, judgeHar, readHar } from '../engine/har.ts';
import { redactUrl } from '../engine/redact-url.ts';
import { compileSnapshot } from '../engine/snapshot.ts';
import { DaylightError } from '../errors.ts';
import { loadSnapshotSource } from '../load.ts';
import { type CommonOptions, command, configOf, EXIT } from './command.ts';
import { print, printJson, table } from './output.ts';

/** Decoded bytes of one body; what is longer is a bomb or of no use here. */
const MAX_BODY = 16 * 1024 * 1024;

export function replayCommand(): Command {
  return command('replay', 'judge a recording (HAR 1.2); exit status 2 when something would be logged or blocked')
    .argument('<file>', 'the recording; - for standard input')
    .option('--all', 'list entries without findings, too (always so with --json)')
    .action(replay);
}

function replay(file: string, options: CommonOptions & { all?: boolean }): void {
  const config = configOf(options);
  const snapshot = compileSnapshot(loadSnapshotSource(config.rules).source);
  const entries = readEntries(file, config.proxy.inspect.prefix);
  const judged = judgeHar(entries, (flow, previous) => decide(flow, snapshot, previous));
  const found = judged.filter(({ verdict }) => verdict.action !== 'allow');
  if (options.json) for (const entry of judged) printJson(lineOf(entry));
  else {
    const shown = options.all ? judged : judged.filter(({ verdict }) => verdict.traffic !== 'none');
    const rows = shown.map(lineOf).map((line) => [line.index, line.traffic, line.action, line.confidence, line.url, line.reason]);
    if (rows.length > 0) print(table(['entry', 'traffic', 'action', 'conf', 'url', 'why'], rows));
    print(`${found.length} of ${judged.length} entries would be logged or blocked.`);
  }
  if (found.length > 0) process.exitCode = EXIT.findings;
}

/** The shape that scripts rely on. */
function lineOf({ entry, verdict }: JudgedEntry) {
  return {
    index: entry.index,
    url: redactUrl(entry.flow.request.url),
    traffic: verdict.traffic,
    action: verdict.action,
    confidence: verdict.confidence,
    rules: verdict.matches.map((match) => match.ruleId),
    signals: verdict.signals.map((signal) => signal.id),
    reason: verdict.reason,
  };
}

function readEntries(file: string, prefix: number): HarEntry[] {
  try {
    return readHar(readText(file), { decompress, prefix });
  } catch (cause) {
    if (cause instanceof HarProblem) throw new DaylightError('ERR_HAR_INVALID', `${file}: ${cause.message}`, { cause });
    throw cause;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new DaylightError('ERR_USAGE', `${file}: cannot be read (${(cause as Error).message})`, { cause });
  }
}

function decompress(bytes: Uint8Array, encoding: string): Uint8Array | undefined {
  const limits = { maxOutputLength: MAX_BODY, finishFlush: constants.Z_SYNC_FLUSH };
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(bytes, limits);
    case 'deflate':
      // Named after zlib's format, but often sent without its header.
      return (bytes[0]! & 0x0f) === 8 ? inflateSync(bytes, limits) : inflateRawSync(bytes, limits);
    case 'br':
      return brotliDecompressSync(bytes, { maxOutputLength: MAX_BODY });
    case 'zstd':
      return zstdDecompressSync(bytes, { maxOutputLength: MAX_BODY });
    default:
      return undefined;
  }
}
