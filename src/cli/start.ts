// `daylight start`: runs the appliance until SIGTERM or SIGINT. Order: configuration, log, appliance, greeting, wait, drain.

import type { Command } from 'commander';
import type { App } from '../app.ts';
import { configFileOf } from '../config-file.ts';
import { createLog } from '../log.ts';
import { type CommonOptions, command, configOf, EXIT, sourcesOf } from './command.ts';
import { paint, print, printJson } from './output.ts';

interface StartOptions extends CommonOptions {
  proxy?: string;
  console?: string;
}

export function startCommand(): Command {
  return command('start', 'run the appliance')
    .option('--proxy <host:port>', 'where the proxy listens (default: 127.0.0.1:8080; port 0 picks a free one)')
    .option('--console <host:port>', 'where the console listens (default: 127.0.0.1:8081)')
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  const config = configOf(options);
  const log = createLog(config.log.level);
  // From here on: a signal during start-up stops what has started as soon as it has.
  const stopAsked = untilAskedToStop();
  // Loaded here, so that the other commands need not wait for the whole appliance.
  const { startApp } = await import('../app.ts');
  const app = await startApp(config, { log, readConfig: () => configOf(options), configFile: configFileOf(sourcesOf(options)) });

  if (options.json) printJson({ event: 'ready', ...app.urls, console: app.consoleUrl, ca: app.caFile });
  else greet(app, options);

  const signal = await stopAsked;
  log.info({ signal }, 'stopping: finishing open exchanges');
  // A second signal means now.
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => process.exit(EXIT.error));
  await app.stop();
  log.info('stopped');
  // Nothing should be left; if something is, it does not keep the process.
  setTimeout(() => process.exit(), 2_000).unref();
}

/** A signal, or the end of the process that started this one with an IPC channel (the demo, tests). */
function untilAskedToStop(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
    process.once('disconnect', () => resolve('parent gone'));
    process.channel?.unref();
  });
}

function greet({ proxyUrl, urls, consoleUrl, caFile }: App, options: StartOptions): void {
  const where = [options.config ? `--config ${options.config}` : '', options.data ? `--data ${options.data}` : ''].filter(
    Boolean,
  );
  print(`${paint('bold', 'Proxy  ')} ${proxyUrl}   set HTTPS_PROXY and HTTP_PROXY to it (Node also needs NODE_USE_ENV_PROXY=1)`);
  if (urls.tls) print(`${paint('bold', 'TLS    ')} ${urls.tls}   the proxy inside TLS, for clients that take an https proxy`);
  if (urls.socks) print(`${paint('bold', 'SOCKS  ')} ${urls.socks}`);
  print(`${paint('bold', 'Console')} ${consoleUrl}`);
  print(`${paint('bold', 'CA     ')} ${caFile}   clients must trust it: NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, or the system store`);
  print(`${paint('bold', 'Events ')} ${['bin/daylight events tail', ...where].join(' ')}   in another terminal`);
}
