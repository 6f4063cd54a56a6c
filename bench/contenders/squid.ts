// squid as an intercepting forward proxy: `ssl_bump bump all`, one worker, no cache, no log.
//
// Squid 5 neither accepts nor issues certificates that name an IP address, so that one check is loosened for it on both sides.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '../certificates.ts';
import { endChild, findProgram, PROXY_CORE, startPinned } from '../pinned-child.ts';
import { type Contender, freePort, printedBy, untilListening } from './contender.ts';

const program = findProgram('squid');
const minter = '/usr/lib/squid/security_file_certgen';

export const squid: Contender = {
  name: 'squid',
  what: 'forward proxy, ssl_bump bump all, 1 worker, no cache, no log',
  share: 0.1,
  version: () => (existsSync(minter) ? printedBy(program, ['-v'], /Version (\S+)/) : undefined),
  async start(setup) {
    const port = await freePort();
    const authority = createAuthority('Bench squid');
    const caFile = join(setup.folder, 'squid-ca.pem');
    writeFileSync(caFile, authority.certificate + authority.key);
    const leaves = join(setup.folder, 'leaves');
    execFileSync(minter, ['-c', '-s', leaves, '-M', '4MB'], { stdio: 'ignore' });
    const file = join(setup.folder, 'squid.conf');
    writeFileSync(
      file,
      `http_port 127.0.0.1:${port} ssl-bump tls-cert=${caFile} generate-host-certificates=on dynamic_cert_mem_cache_size=4MB
sslcrtd_program ${minter} -s ${leaves} -M 4MB
sslcrtd_children 1 startup=1 idle=1
ssl_bump bump all
tls_outgoing_options cafile=${setup.authorityFile}
acl mismatch ssl_error SQUID_X509_V_ERR_DOMAIN_MISMATCH
sslproxy_cert_error allow mismatch
acl local src 127.0.0.0/8
http_access allow local
http_access deny all
cache deny all
cache_mem 8 MB
access_log none
cache_store_log none
cache_log ${join(setup.folder, 'cache.log')}
pid_filename ${join(setup.folder, 'squid.pid')}
coredump_dir ${setup.folder}
shutdown_lifetime 1 seconds
pinger_enable off
`,
    );
    if (process.getuid?.() === 0) {
      // Started by root, squid gives up its rights and must still reach its folder.
      execFileSync('chown', ['-R', 'proxy:proxy', setup.folder]);
      chmodSync(setup.folder, 0o700);
    }
    const child = startPinned(PROXY_CORE, program!, ['-N', '-f', file], { stdio: 'ignore' });
    await untilListening(port, 'squid');
    return { port, mode: 'proxy', ca: authority.certificate, pid: child.pid!, looseAddresses: true, stop: () => endChild(child) };
  },
};
