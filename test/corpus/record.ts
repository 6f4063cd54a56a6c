// Records the corpus anew: `node test/corpus/record.ts [PART OF A NAME]`.
//
// Real clients talk to real servers on loopback through a recording point; each session becomes one labelled HAR file beside this
// one. Only what the development packages bring is used, and nothing leaves the machine. Order: sessions of MCP, steps before a
// session, packages, model APIs, look-alikes.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startEverything } from '../e2e/servers/everything-server.ts';
import { lookAlikes } from './recording/look-alikes.ts';
import { mcpSessions } from './recording/mcp-sessions.ts';
import { modelApis } from './recording/model-apis.ts';
import { oauthSessions } from './recording/oauth-sessions.ts';
import { packageFetches } from './recording/packages.ts';
import { record } from './recording/session.ts';

const wanted = process.argv[2] ?? '';
const everything = { streamableHttp: await startEverything('streamableHttp'), sse: await startEverything('sse') };
try {
  const recordings = [
    ...mcpSessions(everything),
    ...oauthSessions(),
    ...(await packageFetches()),
    ...modelApis(),
    ...lookAlikes(),
  ];
  for (const recording of recordings.filter(({ name }) => name.includes(wanted))) {
    const file = join(import.meta.dirname, `${recording.name}.har`);
    mkdirSync(dirname(file), { recursive: true });
    const har = await record(recording);
    writeFileSync(file, `${JSON.stringify(har, undefined, 1)}\n`);
    console.log(recording.name);
  }
} finally {
  await Promise.all([everything.streamableHttp.stop(), everything.sse.stop()]);
}
process.exit();
