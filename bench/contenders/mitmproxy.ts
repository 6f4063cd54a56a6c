// mitmdump as an intercepting forward proxy: quiet, HTTP/1.1, with streaming switched on for event streams and large bodies.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endChild, findProgram, PROXY_CORE, startPinned } from '../pinned-child.ts';
import { type Contender, freePort, printedBy, untilListening } from './contender.ts';

const program = findProgram('mitmdump');

const STREAMING = `def responseheaders(flow):
    kind = flow.response.headers.get("content-type", "")
    size = int(flow.response.headers.get("content-length", "0"))
    flow.response.stream = kind.startswith("text/event-stream") or size > 1048576
`;

export const mitmproxy: Contender = {
  name: 'mitmproxy',
  what: 'forward proxy, mitmdump -q, streaming add-on',
  share: 0.1,
  version: () => printedBy(program, ['--version'], /Mitmproxy: (\S+)/),
  async start(setup) {
    const port = await freePort();
    const addon = join(setup.folder, 'streaming.py');
    writeFileSync(addon, STREAMING);
    const options = [`confdir=${setup.folder}`, `ssl_verify_upstream_trusted_ca=${setup.authorityFile}`, 'http2=false'];
    const args = ['-q', '--listen-host', '127.0.0.1', '--listen-port', String(port), '-s', addon];
    const child = startPinned(PROXY_CORE, program!, [...args, ...options.flatMap((option) => ['--set', option])], {
      stdio: 'ignore',
    });
    await untilListening(port, 'mitmdump', 30_000);
    const caFile = join(setup.folder, 'mitmproxy-ca-cert.pem');
    if (!existsSync(caFile)) throw new Error(`mitmdump wrote no ${caFile}`);
    return { port, mode: 'proxy', ca: readFileSync(caFile, 'utf8'), pid: child.pid!, stop: () => endChild(child) };
  },
};
