// Scores detection on a labelled corpus: `npm run eval [-- DIR] [--json] [--write]`.
//
// Every HAR file below DIR (test/corpus if none is named) is one session. It is judged twice by the rule pack in ./rules without local
// policy: in order, as the proxy would, and every entry alone. With the own corpus, the labelled set of DLP is scored, too
// (eval/dlp.ts). `--write` puts the tables into docs/reference/detection-quality.md.
// Exit 2 if a limit is not kept (eval/limits.ts, eval/dlp.ts), 1 if a corpus cannot be read.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { judgeHar } from '../src/engine/har.ts';
import { judgeByShippedRules, OWN_CORPUS, readCorpus } from './eval/corpus.ts';
import { measureDlp, unmetDlpLimits } from './eval/dlp.ts';
import { reportDlp } from './eval/dlp-report.ts';
import { CORPORA, writeSection } from './eval/document.ts';
import { unmetLimits } from './eval/limits.ts';
import { addSession, newMeasure } from './eval/measure.ts';
import { report } from './eval/report.ts';

const USAGE = 'Usage: npm run eval -- [DIR] [--json] [--write]';

function run(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, write: { type: 'boolean' } },
  });
  if (positionals.length > 1) {
    console.error(`Name at most one folder with a labelled corpus.\n${USAGE}`);
    return 1;
  }
  const folder = resolve(positionals[0] ?? OWN_CORPUS);
  if (!existsSync(folder)) {
    console.error(`${folder}: there is no such folder.\n${USAGE}`);
    return 1;
  }
  const judge = judgeByShippedRules();
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
  const name = folder === OWN_CORPUS ? 'own' : 'development';
  const dlp = name === 'own' ? measureDlp() : undefined;
  const unmetDlp = dlp ? unmetDlpLimits(dlp) : [];
  const text = [
    report(measured, unmet, values.write || name === 'own' ? CORPORA[name] : folder, today()),
    ...(dlp ? [reportDlp(dlp, unmetDlp)] : []),
  ].join('\n');
  if (values.write) writeSection(name, text);
  if (values.json) {
    const { byGeneration, byTransport, ...rest } = measured;
    const plain = {
      ...rest,
      byGeneration: Object.fromEntries(byGeneration),
      byTransport: Object.fromEntries(byTransport),
      ...(dlp && { dlp }),
      unmet: [...unmet, ...unmetDlp],
    };
    console.log(JSON.stringify(plain));
  } else console.log(text);
  return unmet.length + unmetDlp.length > 0 ? 2 : 0;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

try {
  process.exitCode = run();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
