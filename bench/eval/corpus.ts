// Reads a labelled corpus: a folder of HAR files, one session a file, with `_label` on each entry (files without labels are ordinary
// traffic), and says what each entry should be judged as.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { decide } from '../../src/engine/decide.ts';
import type { Flow } from '../../src/engine/flow.ts';
import { type HarEntry, readHar } from '../../src/engine/har.ts';
import { emptyPolicy } from '../../src/engine/policy/schema.ts';
import { compileSnapshot } from '../../src/engine/snapshot.ts';
import type { Traffic, Verdict } from '../../src/engine/verdict.ts';
import { loadSnapshotSource } from '../../src/load.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** The corpus that comes with Daylight, recorded by test/corpus/record.ts. */
export const OWN_CORPUS = join(ROOT, 'test', 'corpus');

const labelSchema = z.looseObject({
  label: z.string(),
  sublabel: z.string().default(''),
  decidable: z.string().default('request'),
  transport: z.string().default(''),
  spec: z.string().default(''),
  client: z.string().default(''),
  server: z.string().default(''),
  synthetic: z.boolean().default(false),
  ambiguous: z.boolean().default(false),
});

export interface Expectation {
  traffic: Traffic;
  /** The recording says that this exchange alone shows it. */
  strict: boolean;
  /** Leave out of scoring. */
  skip: boolean;
  benign: boolean;
  sublabel: string;
  transport: string;
  generation: string;
}

export interface Session {
  name: string;
  entries: readonly HarEntry[];
  expected: readonly Expectation[];
}

/**
 * All sessions below a folder, in order of their names.
 *
 * @throws Error that names the file.
 */
export function* readCorpus(folder: string): Generator<Session> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.har'));
  for (const name of names.sort()) {
    yield readSession(join(folder, name), name.replace(/\.har$/, ''));
  }
}

function readSession(path: string, name: string): Session {
  try {
    const entries = readHar(readFileSync(path, 'utf8'), { decompress });
    return { name, entries, expected: entries.map(({ label }) => expect(label)) };
  } catch (cause) {
    throw new Error(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function expect(raw: unknown): Expectation {
  if (raw === undefined || raw === null) {
    return { traffic: 'none', strict: true, skip: false, benign: true, sublabel: 'benign', transport: '', generation: '' };
  }
  const label = labelSchema.parse(raw);
  return {
    traffic: trafficOf(label.label, label.sublabel),
    strict: ['request', 'response', 'websocket-frames'].includes(label.decidable),
    skip: label.ambiguous,
    benign: label.label === 'not-mcp',
    sublabel: label.sublabel,
    transport: label.transport,
    generation: label.spec,
  };
}

function trafficOf(label: string, sublabel: string): Traffic {
  if (label === 'not-mcp') return 'none';
  if (label === 'llm-mcp') return sublabel.startsWith('provider-side') ? 'hosted' : 'attached';
  if (/package|install|bundle|image/.test(sublabel)) return 'install';
  return /^(?:oauth|registry|discovery|server-card|well-known)/.test(sublabel) ? 'discovery' : 'shadow';
}

function decompress(bytes: Uint8Array, encoding: string): Uint8Array | undefined {
  const maxOutputLength = 8 * 1024 * 1024;
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(bytes, { maxOutputLength });
    case 'br':
      return brotliDecompressSync(bytes, { maxOutputLength });
    case 'zstd':
      return zstdDecompressSync(bytes, { maxOutputLength });
    case 'deflate':
      return ((bytes[0] ?? 0) & 0x0f) === 8
        ? inflateSync(bytes, { maxOutputLength })
        : inflateRawSync(bytes, { maxOutputLength });
    default:
      return undefined;
  }
}

/** Judges by the shipped rules with an empty policy: nothing is approved, no mode is changed. */
export function judgeByShippedRules(): (flow: Flow, previous?: Verdict) => Verdict {
  const { source } = loadSnapshotSource(join(ROOT, 'rules'));
  const snapshot = compileSnapshot({ rules: source.rules, policy: emptyPolicy() });
  return (flow, previous) => decide(flow, snapshot, previous);
}
