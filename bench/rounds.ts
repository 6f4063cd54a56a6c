// Runs the proxy figures: every contender that some figure needs is started once, then figure by figure and round by round all of them take their turn, so that
// a slow moment of the machine meets everyone. A rival that fails is left out and said so; the rest goes on.

import { type Bench, startBench } from './bench.ts';
import type { Contender, Running } from './contenders/contender.ts';
import type { Figure, ProxyFigure } from './figures/figure.ts';
import { type Result, type Row, summarise } from './table.ts';

export interface Rounds {
  figures: readonly ProxyFigure[];
  contenders: readonly Contender[];
  rounds: number;
  /** Part of the usual number of requests, 0 to 1. */
  effort: number;
  /** Where Daylight's processes leave CPU profiles, or undefined. */
  profileFolder: string | undefined;
}

interface Entrant {
  contender: Contender;
  version: string;
  running: Running;
}

/** Measures and reports each figure as it is complete. Returns what failed, one line each. */
export async function runRounds(plan: Rounds, report: (figure: Figure, result: Result) => void): Promise<string[]> {
  const bench = await startBench(plan.profileFolder);
  const interrupt = () => {
    console.error('interrupted: ending what was started');
    bench.stop().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const failures: string[] = [];
  const fail = (line: string) => {
    failures.push(line);
    console.error(`bench: ${line}`);
  };
  try {
    const needed = plan.contenders.filter((contender) => plan.figures.some((figure) => takesPart(figure, contender)));
    const entrants = await startEntrants(bench, needed, fail);
    for (const figure of plan.figures) {
      const rows = await measure(bench, figure, entrants, plan, fail);
      if (rows.length > 0) report(figure, summarise(figure, rows));
    }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await bench.stop();
  }
  return failures;
}

async function startEntrants(bench: Bench, contenders: readonly Contender[], fail: (line: string) => void): Promise<Entrant[]> {
  const entrants: Entrant[] = [];
  for (const contender of contenders) {
    const version = contender.version();
    if (version === undefined) {
      console.log(`${contender.name}: not installed, left out (bench/install-peers.sh installs it)`);
      continue;
    }
    try {
      entrants.push({ contender, version, running: await bench.start(contender) });
    } catch (error) {
      fail(`${contender.name} does not start: ${messageOf(error)}`);
    }
  }
  return entrants;
}

async function measure(
  bench: Bench,
  figure: ProxyFigure,
  entrants: readonly Entrant[],
  plan: Rounds,
  fail: (line: string) => void,
): Promise<Omit<Row, 'medians'>[]> {
  const taking = new Map(
    entrants.filter(({ contender }) => takesPart(figure, contender)).map((entrant) => [entrant, rowOf(entrant)]),
  );
  for (let round = 0; round < plan.rounds; round++) {
    for (const [entrant, row] of taking) {
      try {
        row.rounds.push(await figure.measure(bench, entrant.contender, entrant.running, plan.effort));
      } catch (error) {
        fail(`${figure.name} of ${entrant.contender.name}, round ${round + 1}: ${messageOf(error)}`);
        taking.delete(entrant);
      }
    }
  }
  return [...taking.values()];
}

function takesPart(figure: ProxyFigure, contender: Contender): boolean {
  return (contender.variant ?? false) === (figure.reference !== undefined) && figure.takesPart(contender);
}

function rowOf({ contender, version }: Entrant): Omit<Row, 'medians'> {
  return { name: contender.name, version, rounds: [] };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
