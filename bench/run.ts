// `npm run bench -- [figures] [options]`: measures what Daylight costs, beside the rivals that this machine has.
//
// Order: read the options, the figures of the engine alone, then those of the proxy; print each table when it is complete, write the raw
// values, leave with status 1 if something could not be measured and 2 if a limit was missed.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contenders } from './contenders/all.ts';
import { figures } from './figures/all.ts';
import type { Figure } from './figures/figure.ts';
import { describeMachine, machineLine } from './machine.ts';
import { killStarted } from './pinned-child.ts';
import { runRounds } from './rounds.ts';
import { replaceSection } from './section.ts';
import { type Result, renderTable, summarise } from './table.ts';

const RESULTS = fileURLToPath(new URL('results/latest.json', import.meta.url));
const DOCUMENT = fileURLToPath(new URL('../docs/reference/performance.md', import.meta.url));

const HELP = `npm run bench -- [FIGURE...] [options]

Figures (all by default):
${figures.map((figure) => `  ${figure.name.padEnd(11)} ${figure.title}`).join('\n')}

Options:
  --peers A,B       who takes part (default: all that are installed; bench/install-peers.sh installs the rivals)
                    ${contenders.map(({ name }) => name).join(', ')}
  --rounds N        interleaved rounds, medians are reported (default 3)
  --quick           a tenth of the requests, one round: does it run, not how fast
  --json FILE       where the raw values go (default bench/results/latest.json)
  --markdown FILE   also write the tables as Markdown
  --write           put the tables into docs/reference/performance.md
  --profile DIR     write CPU profiles of Daylight's processes there (slows them down)
  --help

Environment:
  OUTAGE_EVENTS=3600000   the figure outage with a whole hour at 1,000 events a second (3.2 GiB of disk), not a tenth of it
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      peers: { type: 'string', default: '' },
      rounds: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string', default: RESULTS },
      markdown: { type: 'string' },
      write: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const chosen = choose(positionals, figures, 'figure');
  const taking = choose(values.peers.split(',').filter(Boolean), contenders, 'contender');
  const rounds = values.quick ? 1 : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 9) throw new Error(`--rounds ${values.rounds}: must be 1 to 9`);
  const effort = values.quick ? 0.1 : 1;

  const machine = describeMachine();
  console.log(machineLine(machine));
  const origin = `Measured on ${new Date().toISOString().slice(0, 10)}, median of ${rounds} rounds: ${machineLine(machine)}.`;
  const results: Result[] = [];
  const sections = new Map<string, string>();
  const report = (figure: Figure, result: Result) => {
    results.push(result);
    const limits = result.limits.map(({ text, held }) => `- ${held ? 'held' : 'missed'}: ${text}\n`).join('');
    sections.set(figure.name, `### ${result.title}\n\n${renderTable(figure, result, 'markdown')}\n\n${limits}\n${origin}`);
    console.log(`\n${figure.name}: ${result.title}\n${renderTable(figure, result, 'plain')}`);
    for (const { text, held } of result.limits) console.log(`${held ? 'held    ' : 'MISSED  '}${text}`);
  };

  for (const figure of chosen.filter((each) => each.kind === 'engine')) {
    report(figure, summarise(figure, await figure.measure(effort)));
  }
  const proxyFigures = chosen.filter((each) => each.kind === 'proxy');
  let failures: string[] = [];
  if (proxyFigures.length > 0) {
    if (process.platform !== 'linux') {
      throw new Error('the figures of the proxy read /proc and need Linux; `npm run bench -- decide` runs anywhere');
    }
    const plan = { figures: proxyFigures, contenders: taking, rounds, effort, profileFolder: values.profile };
    failures = await runRounds(plan, report);
  }

  mkdirSync(dirname(values.json), { recursive: true });
  const measured = { time: new Date().toISOString(), machine, rounds, effort, results, failures };
  writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);
  if (values.markdown) writeFileSync(values.markdown, `${[...sections.values()].join('\n\n')}\n`);
  if (values.write) {
    const before = readFileSync(DOCUMENT, 'utf8');
    const after = [...sections].reduce((text, [name, section]) => replaceSection(text, `bench ${name}`, section), before);
    writeFileSync(DOCUMENT, after);
  }
  console.log(`\nraw values: ${values.json}`);
  if (failures.length > 0) return 1;
  return results.some(({ limits }) => limits.some(({ held }) => !held)) ? 2 : 0;
}

/** The ones that were named, in their usual order; all of them if none was. */
function choose<Named extends { name: string }>(names: readonly string[], from: readonly Named[], what: string): Named[] {
  for (const name of names) {
    if (!from.some((each) => each.name === name)) {
      throw new Error(`there is no ${what} "${name}"; there are ${from.map((each) => each.name).join(', ')}`);
    }
  }
  return names.length === 0 ? [...from] : from.filter((each) => names.includes(each.name));
}

process.once('exit', killStarted);
try {
  process.exit(await main());
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
