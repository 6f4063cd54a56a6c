// What another policy would have blocked, told while it is computed: lines of JSON (NDJSON), progress first, the result last. Whoever
// goes away ends it, and so does asking for another one. Two at a time in all.

import { createRoute } from '@hono/zod-openapi';
import { DaylightError } from '../../errors.ts';
import { modeTarget } from '../../policy-files/policy-modes.ts';
import { simulatePolicy } from '../../policy-files/simulate-policy.ts';
import type { PolicyDesk } from '../policy-desk.ts';
import { apiRoutes, body, needs, no, streamed } from './api-routes.ts';
import type { ApiOptions } from './options.ts';
import { ApiProblem } from './problem.ts';
import { momentOf } from './scope.ts';
import { type SimulationLine, simulateBody } from './shapes.ts';

type Needed = Pick<ApiOptions, 'recorded' | 'rules' | 'pseudonym' | 'loaded' | 'now' | 'onFault'>;

const MOST_AT_ONCE = 2;
const PROGRESS_MS = 250;
/** Events hold what was found, not what was read. */
const NOT_SIMULATED = {
  code: 'invalid',
  message: 'change.kind: DLP cannot be tried on recorded events; try a text instead (POST /api/dlp/test)',
  field: 'change.kind',
};
const REPLACED = new Error('replaced');

export function simulateRoutes(options: Needed, desk: PolicyDesk) {
  const { now, onFault } = options;
  const app = apiRoutes(onFault);
  /** By who asked. */
  const running = new Map<string, AbortController>();

  app.openapi(
    createRoute({
      method: 'post',
      path: '/simulate',
      ...needs('analyst'),
      tags: ['policy'],
      summary: 'Try a mode or other policy files on recorded events',
      description:
        'Lines: `{"type":"progress","events":n,"share":0..1}`, then `{"type":"result","result":...}` or `{"type":"error","error":...}`.',
      request: { body: body(simulateBody) },
      responses: {
        200: streamed('Progress and result.', 'application/x-ndjson'),
        400: no('What is to be tried is wrong.'),
        429: no('Others are running.'),
      },
    }),
    (context): Response => {
      const { since, until, at, mode, target, change, policy, limit } = context.req.valid('json');
      if (change?.kind === 'dlp-profile') throw new ApiProblem(400, NOT_SIMULATED);
      const { name } = context.get('who');
      const edit = change && desk.editOf(change, { actor: name, reason: 'tried' });
      const time = now();
      const from = momentOf(since, 'since', time);
      const to = until === undefined ? undefined : momentOf(until, 'until', time, 'end');
      const asOf = at === undefined ? undefined : momentOf(at, 'at', time);
      if (target !== undefined) checkTarget(target);
      // Whoever asks for another one has no use for the one before.
      running.get(name)?.abort(REPLACED);
      running.delete(name);
      if (running.size >= MOST_AT_ONCE) {
        const message = 'Simulations of others are running. Try again when they are done.';
        throw new ApiProblem(429, { code: 'busy', message });
      }
      const gone = new AbortController();
      running.set(name, gone);
      const stream = linesOf(async (say) => {
        let next = performance.now();
        let events = 0;
        const result = await simulatePolicy(options.rules, whileHere(options.recorded({ since: from, until: to }), gone.signal), {
          ...{ mode, target, at: asOf, limit, pseudonym: options.pseudonym },
          ...(policy ? { texts: policy } : {}),
          ...(edit ? { edit } : {}),
          onPage(page) {
            events += page.length;
            if (performance.now() < next) return;
            next = performance.now() + PROGRESS_MS;
            const reached = page.at(-1)?.ts ?? from;
            say({ type: 'progress', events, share: Math.min(1, (reached - from) / Math.max(1, (to ?? time) - from)) });
          },
        });
        say({ type: 'result', result });
      });
      return context.body(stream, 200, { 'content-type': 'application/x-ndjson' });

      function linesOf(work: (say: (line: SimulationLine) => void) => Promise<void>): ReadableStream<Uint8Array> {
        const encoder = new TextEncoder();
        let open = true;
        return new ReadableStream({
          start(controller) {
            const say = (line: SimulationLine) => {
              if (open) controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
            };
            // At once, so that whoever asks knows that it runs.
            say({ type: 'progress', events: 0, share: 0 });
            void work(say)
              .catch((error) => open && say({ type: 'error', error: told(error) }))
              .finally(() => {
                if (running.get(name) === gone) running.delete(name);
                if (open) controller.close();
              });
          },
          cancel() {
            open = false;
            if (running.get(name) === gone) running.delete(name);
            gone.abort();
          },
        });
      }
    },
  );

  function checkTarget(target: string): void {
    try {
      modeTarget(target, options.loaded().source.rules);
    } catch (error) {
      throw new ApiProblem(400, { code: 'invalid', message: `target: ${(error as Error).message}`, field: 'target' });
    }
  }

  function told(error: unknown): { code: string; message: string } {
    if (error === REPLACED) return { code: 'replaced', message: 'Another simulation of yours took the place of this one.' };
    if (error instanceof DaylightError && (error.code === 'ERR_POLICY_INVALID' || error.code === 'ERR_USAGE'))
      return { code: error.code, message: error.message };
    onFault(error as Error);
    return { code: 'fault', message: 'The simulation could not be finished. The log of the appliance says why.' };
  }
  return app;
}

/** Ends with an error once whoever asked has gone. */
async function* whileHere<T>(pages: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const page of pages) {
    signal.throwIfAborted();
    yield page;
    // Others want to be served between pages.
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
}
