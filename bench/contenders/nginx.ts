// nginx as a re-encrypting reverse proxy in a single process.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endChild, findProgram, PROXY_CORE, startPinned } from '../pinned-child.ts';
import { type Contender, freePort, printedBy, untilListening } from './contender.ts';

const program = findProgram('nginx');

export const nginx: Contender = {
  name: 'nginx',
  what: 'reverse proxy, TLS on both sides, 1 process, upstream connections kept alive and verified, no buffering',
  share: 1,
  // nginx prints its version to stderr.
  version: () => printedBy(program && '/bin/sh', ['-c', `${program} -v 2>&1`], /nginx\/(\S+)/),
  async start(setup) {
    const port = await freePort();
    const file = join(setup.folder, 'nginx.conf');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `  ${kind}_temp_path ${join(setup.folder, kind)};`,
    );
    writeFileSync(
      file,
      `daemon off;
master_process off;
pid ${join(setup.folder, 'nginx.pid')};
error_log stderr error;
events { worker_connections 4096; }
http {
${temporary.join('\n')}
  access_log off;
  keepalive_requests 100000000;
  ssl_protocols TLSv1.3;
  ssl_session_cache off;
  ssl_session_tickets off;
  upstream origin { server 127.0.0.1:${setup.originPort}; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} ssl backlog=4096;
    ssl_certificate ${setup.leafFile};
    ssl_certificate_key ${setup.leafFile};
    location / {
      proxy_pass https://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_buffering off;
      proxy_ssl_protocols TLSv1.3;
      proxy_ssl_server_name on;
      proxy_ssl_name ${setup.host};
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate ${setup.authorityFile};
    }
  }
}
`,
    );
    const child = startPinned(PROXY_CORE, program!, ['-p', setup.folder, '-c', file], { stdio: ['ignore', 'ignore', 'inherit'] });
    await untilListening(port, 'nginx');
    return { port, mode: 'reverse', ca: setup.authority.certificate, pid: child.pid!, stop: () => endChild(child) };
  },
};
