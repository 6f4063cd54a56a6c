// The process that is ClickHouse: `node embedded-host.ts <library> <data folder> <port> <config file>`.
//
// It runs the engine of npm `chdb` as a real ClickHouse HTTP server on loopback and keeps it alive with a query that never
// ends. It stops when stdin ends (the parent is done, or gone, however it died): the first line on stdin, a JSON
// object with url, username and password, says how to end that query, upon which the engine shuts down in order.

import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { DataType, load, open } from 'ffi-rs';

const STOP_MS = 8_000;
const KEEPER = 'daylight-keeper';

const [library = '', folder = '', port = '', configFile = ''] = process.argv.slice(2);

let access: { url: string; username: string; password: string } | undefined;
let stopping = false;

/** Ends the endless query; the engine then unwinds by itself. */
function stop(): void {
  if (stopping) return;
  stopping = true;
  // Whatever hangs, hangs no longer than this: a data folder must not stay locked.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), STOP_MS);
  // Again and again: the first may come before the listener is up. The end of the process ends this.
  setInterval(endKeeper, 100);
}

/** A connection of its own, closed at once: the listener waits for open ones before it ends. */
function endKeeper(): void {
  if (!access) return;
  const headers = { 'x-clickhouse-user': access.username, 'x-clickhouse-key': access.password };
  const query = request(access.url, { method: 'POST', agent: false, timeout: 1_000, headers });
  query.on('response', (response) => response.resume());
  // Not listening yet, or no longer: both end by themselves, or by the SIGKILL above.
  query.on('error', () => {});
  query.end(`KILL QUERY WHERE Settings['log_comment'] = '${KEEPER}' SYNC`);
}

// A terminal or a service manager signals the whole group; the parent drains first, and then ends stdin.
process.on('SIGTERM', () => {});
process.on('SIGINT', () => {});
const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  access = JSON.parse(line) as typeof access;
});
lines.on('close', stop);

open({ library: 'chdb', path: library });
const keeper = [
  'SYSTEM START LISTEN HTTP',
  `SELECT sleepEachRow(0.1) FROM system.numbers SETTINGS max_block_size=1, max_threads=1, max_rows_to_read=0, function_sleep_max_microseconds_per_block=0, log_comment='${KEEPER}' FORMAT Null`,
].join('; ');
const argv = ['clickhouse', '--path', folder, '--http_port', port, '--listen_host', '127.0.0.1'];
argv.push('--config-file', configFile, '--query', keeper);

await load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
  runInNewThread: true,
});
process.exit(stopping ? 0 : 1);
