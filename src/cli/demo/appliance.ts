// The appliance of the demo: a real `daylight start` with a configuration of its own in a temporary folder.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import { type Config, INSTALL_DIR, loadConfig } from '../../config.ts';
import { openCa } from '../../proxy/ca.ts';
import { createLeafIssuer } from '../../proxy/leaf.ts';
import { type DemoServers, end, startServers } from './servers.ts';

export interface DemoAppliance {
  config: Config;
  configFile: string;
  proxy: string;
  console: string;
  /** PEM file that clients have to trust. */
  ca: string;
  servers: DemoServers;
  logTail(): string;
}

/**
 * Starts servers and appliance. What has to be undone is added to `leave` as soon as it exists.
 *
 * @param policy files below rules/local; with them, the appliance is one for sample data, and says so by its name
 */
export async function startAppliance(
  leave: (() => Promise<void>)[],
  stop: AbortSignal,
  policy: Readonly<Record<string, string>> = {},
): Promise<DemoAppliance> {
  const folder = mkdtempSync(join(tmpdir(), 'daylight-demo-'));
  leave.push(async () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const authority = await openCa({ dir: join(folder, 'servers-ca') });
  const leaves = createLeafIssuer(authority);
  const servers = await startServers((host) => leaves.secureContextFor({ host }));
  leave.push(() => servers.stop());
  stop.throwIfAborted();

  // The shipped rules with a policy of the demo's own: what is approved on this machine must not matter here.
  cpSync(join(INSTALL_DIR, 'rules'), join(folder, 'rules'), {
    recursive: true,
    filter: (file) => !/rules\/local\/(approved|modes|exceptions)\.yml$/.test(file),
  });
  for (const [name, text] of Object.entries(policy)) writeFileSync(join(folder, 'rules/local', name), text);
  const configFile = join(folder, 'daylight.yaml');
  const sample = Object.keys(policy).length > 0;
  writeFileSync(configFile, stringify(configuration(join(folder, 'servers-ca/ca.pem'), sample)));
  const logFile = join(folder, 'daylight.log');
  const logTail = () => readFileSync(logFile, 'utf8').split('\n').slice(-8).join('\n');

  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [join(INSTALL_DIR, 'src/main.ts'), 'start', '--json', '--config', configFile], {
    // The channel ties it to this process: should this one be killed, the appliance ends by itself.
    stdio: ['ignore', 'pipe', log, 'ipc'],
    env: withoutOwnSettings(process.env),
  });
  closeSync(log);
  // Not by a signal: Ctrl-C may have sent one already, and a second one would mean at once.
  leave.push(() => end(child, 15_000, () => child.connected && child.disconnect()));
  const lines = createInterface({ input: child.stdout! });
  const [line] = await Promise.race([
    once(lines, 'line', { signal: stop }),
    once(child, 'exit').then(([status]) => Promise.reject(new Error(`the appliance ended with status ${status}:\n${logTail()}`))),
  ]);
  const { proxy, console, ca } = JSON.parse(String(line)) as { proxy: string; console: string; ca: string };
  return { config: loadConfig({ file: configFile, env: {} }), configFile, proxy, console, ca, servers, logTail };
}

function configuration(serversCa: string, sample: boolean) {
  return {
    data: './data',
    rules: './rules',
    certs: './certs',
    proxy: {
      listen: '127.0.0.1:0',
      workers: 1,
      timeouts: { drain: 1_000 },
      upstream: { ca: [serversCa], allowPrivate: ['127.0.0.0/8', '::1/128'] },
    },
    console: { listen: '127.0.0.1:0' },
    // Benign requests are usually only counted; here they are to be shown.
    store: { benign: 'full', excerpts: sample },
    ...(sample ? { sensor: 'demo, with sample data' } : {}),
  };
}

/** DAYLIGHT_* of the caller would override the configuration of the demo. */
function withoutOwnSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('DAYLIGHT_')));
}
