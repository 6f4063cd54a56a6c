// haproxy as a re-encrypting reverse proxy with one thread: the reference that Daylight's limits are stated against.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endChild, findProgram, PROXY_CORE, startPinned } from '../pinned-child.ts';
import { type Contender, freePort, printedBy, untilListening } from './contender.ts';

const program = findProgram('haproxy');

export const haproxy: Contender = {
  name: 'haproxy',
  what: 'reverse proxy, TLS on both sides, 1 thread, upstream connections kept alive and verified',
  share: 1,
  version: () => printedBy(program, ['-v'], /version (\S+)/),
  async start(setup) {
    const port = await freePort();
    const file = join(setup.folder, 'haproxy.cfg');
    writeFileSync(
      file,
      `global
  nbthread 1
  maxconn 4096
  ssl-default-bind-options ssl-min-ver TLSv1.3
  ssl-default-server-options ssl-min-ver TLSv1.3
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend client
  bind 127.0.0.1:${port} ssl crt ${setup.leafFile} alpn http/1.1
  default_backend origin
backend origin
  http-reuse always
  server one 127.0.0.1:${setup.originPort} ssl verify required ca-file ${setup.authorityFile} sni str(${setup.host}) verifyhost ${setup.host} alpn http/1.1
`,
    );
    const child = startPinned(PROXY_CORE, program!, ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'inherit'] });
    await untilListening(port, 'haproxy');
    return { port, mode: 'reverse', ca: setup.authority.certificate, pid: child.pid!, stop: () => endChild(child) };
  },
};
