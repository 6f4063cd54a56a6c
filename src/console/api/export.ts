// Events as a file: NDJSON, CSV or HAR, streamed page by page. At most 100,000; the headers say how many there are and whether all of
// them are in it. Stored content is not in it. Who exported what is in the audit log.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import type { HttpFlowEvent } from '../../engine/event.ts';
import { HAR_BEGIN, HAR_END, harEntryOf } from '../../engine/har-entry.ts';
import { csvRecord } from '../write-csv.ts';
import { apiRoutes, needs, no, streamed } from './api-routes.ts';
import type { ApiOptions, Position } from './options.ts';
import { ApiProblem } from './problem.ts';
import { type Scope, scopeOf, scopeQuery } from './scope.ts';

type Needed = Pick<ApiOptions, 'reports' | 'audit' | 'now' | 'onFault'>;

const MAX_ROWS = 100_000;
const PAGE = 5_000;
/** Exports that run at the same time; each keeps the store busy. */
const MOST_AT_ONCE = 3;
/** Milliseconds after which an export ends whose reader takes nothing: others wait for its turn. */
const STALLED_MS = 60_000;

interface Format {
  type: string;
  begin: string;
  end: string;
  between: string;
  row(event: HttpFlowEvent): string;
}

const CSV_COLUMNS = [
  'event_id tenant sensor user_id user_groups user_source device_id src_ip dst_host dst_ip dst_port inspected http_method url status',
  'content_type user_agent req_bytes resp_bytes duration_ms traffic action disposition confidence reason rules signals policy_step',
  'policy_id error server_key mcp_generation mcp_transport mcp_method mcp_tool mcp_resource mcp_prompt mcp_client_name',
  'mcp_client_version mcp_server_name mcp_server_version mcp_servers mcp_auth dlp_count',
].flatMap((line) => line.split(' ')) as (keyof HttpFlowEvent)[];

const FORMATS: Readonly<Record<'ndjson' | 'csv' | 'har', Format>> = {
  ndjson: { type: 'application/x-ndjson', begin: '', end: '', between: '', row: (event) => `${JSON.stringify(event)}\n` },
  csv: {
    type: 'text/csv; charset=utf-8; header=present',
    begin: csvRecord(['time', ...CSV_COLUMNS]),
    end: '',
    between: '',
    row: (event) => csvRecord([new Date(event.ts).toISOString(), ...CSV_COLUMNS.map((column) => event[column])]),
  },
  har: {
    type: 'application/json',
    begin: HAR_BEGIN,
    end: HAR_END,
    between: ',\n',
    row: (event) => JSON.stringify(harEntryOf(event)),
  },
};

export function exportRoutes({ reports, audit, now, onFault }: Needed) {
  const app = apiRoutes(onFault);
  let running = 0;

  app.openapi(
    createRoute({
      method: 'get',
      path: '/events/export',
      ...needs('viewer'),
      tags: ['events'],
      summary: 'Events as a file, newest first',
      request: { query: scopeQuery.extend({ format: z.enum(['ndjson', 'csv', 'har']).default('ndjson') }) },
      responses: {
        200: streamed(
          `At most ${MAX_ROWS}. X-Total-Rows: how many there are; X-Truncated: whether some were left out.`,
          ...Object.values(FORMATS).map(({ type }) => type.replace(/;.*/, '')),
        ),
        400: no('A parameter is wrong.'),
        429: no('Other exports are running.'),
      },
    }),
    async (context): Promise<Response> => {
      const { format: name, ...query } = context.req.valid('query');
      const scope = scopeOf(query, now());
      if (running >= MOST_AT_ONCE)
        throw new ApiProblem(429, { code: 'busy', message: 'Other exports are running. Try again when they are done.' });
      running += 1;
      try {
        const total = await reports.countEvents(scope);
        const format = FORMATS[name];
        const day = new Date(scope.to).toISOString().slice(0, 10);
        const headers = {
          'content-type': format.type,
          'content-disposition': `attachment; filename="daylight-events-${day}.${name}"`,
          'x-total-rows': String(total),
          'x-truncated': String(total > MAX_ROWS),
        };
        // Nobody would take the stream, so nothing would end it.
        if (context.req.method === 'HEAD') {
          running -= 1;
          return context.body(null, 200, headers);
        }
        const actor = context.get('who').name;
        const after = JSON.stringify({ format: name, ...query, rows: Math.min(total, MAX_ROWS) });
        audit({ actor, action: 'event.export', objectType: 'event', objectId: '', reason: scope.filterText, after });
        const stream = streamOf(linesOf(scope, format), onFault, () => (running -= 1));
        return context.body(stream, 200, headers);
      } catch (error) {
        running -= 1;
        throw error;
      }
    },
  );

  async function* linesOf(scope: Scope, format: Format): AsyncGenerator<string> {
    yield format.begin;
    let after: Position | undefined;
    for (let rows = 0; rows < MAX_ROWS; ) {
      const limit = Math.min(PAGE, MAX_ROWS - rows);
      const events = await reports.events(scope, { limit, after });
      const lines = events.map((event) => format.row(event));
      if (lines.length > 0) yield (rows > 0 ? format.between : '') + lines.join(format.between);
      rows += events.length;
      const last = events.at(-1);
      if (last === undefined || events.length < limit) break;
      after = { ts: last.ts, id: last.event_id };
    }
    yield format.end;
  }
  return app;
}

/** Asks for more only when the client has taken what there was. A fault or a stall breaks the file off, so that it is not taken for whole. */
function streamOf(lines: AsyncGenerator<string>, onFault: (error: Error) => void, onEnd: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let open = true;
  let stalled: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearTimeout(stalled);
    if (open) onEnd();
    open = false;
  };
  return new ReadableStream(
    {
      async pull(controller) {
        clearTimeout(stalled);
        try {
          for (;;) {
            const { value, done } = await lines.next();
            if (done) {
              end();
              controller.close();
              return;
            }
            if (value === '') continue;
            controller.enqueue(encoder.encode(value));
            stalled = setTimeout(() => {
              end();
              controller.error(new Error('nobody takes this export any more'));
              void lines.return(undefined);
            }, STALLED_MS).unref();
            return;
          }
        } catch (error) {
          end();
          onFault(error as Error);
          controller.error(error);
        }
      },
      async cancel() {
        end();
        await lines.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
}
