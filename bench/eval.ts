// Scores detection on a labelled corpus: `npm run eval -- DIR [--json] [--write FILE]`.
//
// Every HAR file below DIR is one session. It is judged twice by the rule pack in ./rules without local policy: in order, as the
// proxy would, and every entry alone. Exit 2 if a limit is not kept (eval/limits.ts), 1 if the corpus cannot be read.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decide } from '../src/engine/decide.ts';
import type { Flow } from '../src/engine/flow.ts';
import { judgeHar } from '../src/engine/har.ts';
import { emptyPolicy } from '../src/engine/policy/schema.ts';
import { compileSnapshot } from '../src/engine/snapshot.ts';
import type { Verdict } from '../src/engine/verdict.ts';
import { loadSnapshotSource } from '../src/load.ts';
import { corpusName, readCorpus } from './eval/corpus.ts';
import { unmetLimits } from './eval/limits.ts';
import { addSession, newMeasure } from './eval/measure.ts';
import { report } from './eval/report.ts';

const USAGE = 'Usage: npm run eval -- DIR [--json] [--write FILE]';

function run(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, write: { type: 'string' } },
  });
  const folder = positionals[0];
  if (folder === undefined || positionals.length > 1) {
    console.error(`Name one folder with a labelled corpus.\n${USAGE}`);
    return 1;
  }
  if (!existsSync(folder)) {
    console.error(`${folder}: there is no such folder.\n${USAGE}`);
    return 1;
  }
  const judge = judgeWithPack();
  const measured = newMeasure();
  for (const session of readCorpus(folder)) {
    const alone = session.entries.flatMap((entry) => judgeHar([entry], judge));
    addSession(measured, session, judgeHar(session.entries, judge), alone);
  }
  if (measured.sessions === 0) {
    console.error(`${folder}: there are no .har files below it.\n${USAGE}`);
    return 1;
  }
  const unmet = unmetLimits(measured);
  const text = report(measured, unmet, corpusName(folder), new Date().toISOString().slice(0, 10));
  if (values.write !== undefined) writeFileSync(values.write, text);
  if (values.json) {
    const { byGeneration, byTransport, ...rest } = measured;
    const plain = {
      ...rest,
      byGeneration: Object.fromEntries(byGeneration),
      byTransport: Object.fromEntries(byTransport),
      unmet,
    };
    console.log(JSON.stringify(plain));
  } else console.log(text);
  return unmet.length > 0 ? 2 : 0;
}

/** The rule pack with an empty policy: nothing is approved, no mode is changed. */
function judgeWithPack(): (flow: Flow, previous?: Verdict) => Verdict {
  const { source } = loadSnapshotSource(join(import.meta.dirname, '..', 'rules'));
  const snapshot = compileSnapshot({ rules: source.rules, policy: emptyPolicy() });
  return (flow, previous) => decide(flow, snapshot, previous);
}

try {
  process.exitCode = run();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
