// Tries a change of policy on what was recorded, while the person looks: progress, then the result. A newer question ends the one before.

import { useEffect, useState } from 'react';
import type { PolicyChange, Simulated, SimulationLine } from '../../api/shapes.ts';
import { readLines } from './client.ts';

export type SimulationState =
  | { is: 'running'; share: number; events: number }
  | { is: 'done'; result: Simulated }
  | { is: 'failed'; error: unknown }
  | { is: 'idle' };

/** @param change undefined while there is nothing to try @param since a span, e.g. 14d @param version a new one asks again */
export function useSimulation(change: PolicyChange | undefined, since: string, version = ''): SimulationState {
  const [state, setState] = useState<SimulationState>({ is: 'idle' });
  const question = change === undefined ? '' : JSON.stringify({ change: asOfNow(change), since });

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version of policy may have another answer to the same question
  useEffect(() => {
    if (question === '') return setState({ is: 'idle' });
    const abort = new AbortController();
    setState({ is: 'running', share: 0, events: 0 });
    void ask(question, abort.signal, (next) => {
      if (!abort.signal.aborted) setState(next);
    });
    return () => abort.abort();
  }, [question, version]);

  return state;
}

async function ask(question: string, signal: AbortSignal, tell: (state: SimulationState) => void): Promise<void> {
  try {
    const lines = readLines<SimulationLine>('/simulate', { method: 'POST', body: JSON.parse(question), signal });
    for await (const line of lines) {
      if (line.type === 'progress') tell({ is: 'running', share: line.share, events: line.events });
      else if (line.type === 'result') return tell({ is: 'done', result: line.result });
      else throw new Error(line.error.message);
    }
    throw new Error('The simulation ended without a result. The log of Daylight may say why.');
  } catch (error) {
    tell({ is: 'failed', error });
  }
}

/** What a change would do once it is in force: history lies before its date. */
function asOfNow(change: PolicyChange): PolicyChange {
  if (change.kind !== 'mode') return change;
  const { after: _, until: __, ...rest } = change;
  return rest;
}
