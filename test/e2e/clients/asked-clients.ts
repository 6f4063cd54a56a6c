// Clients of several makers that ask for one URL through a proxy with name and password, as people configure them. Each says the status it
// got, or what went wrong; all are found on the machine or come with the tests.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../appliance.ts';

export interface AskedWay {
  /** `http://HOST:PORT`. */
  proxyUrl: string;
  /** '' for no credentials. */
  user: string;
  password: string;
  caFile: string;
}

export interface AskedClient {
  name: string;
  /** Whether it is here. */
  present: boolean;
  /** Takes long to start. */
  slow?: true;
  /** Status of the answer as text, or the error that a person would read. */
  ask(url: string, way: AskedWay): Promise<string>;
}

function withCredentials({ proxyUrl, user, password }: AskedWay): string {
  return user === '' ? proxyUrl : proxyUrl.replace('://', `://${encodeURIComponent(user)}:${password}@`);
}

function environment(way: AskedWay): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(DAYLIGHT_|NODE_OPTIONS$|.*_proxy$)/i.test(name));
  const proxy = withCredentials(way);
  const { caFile } = way;
  return {
    ...Object.fromEntries(kept),
    ...{ HTTPS_PROXY: proxy, HTTP_PROXY: proxy, https_proxy: proxy, http_proxy: proxy, NO_PROXY: '', no_proxy: '' },
    ...{ NODE_EXTRA_CA_CERTS: caFile, SSL_CERT_FILE: caFile, REQUESTS_CA_BUNDLE: caFile },
  };
}

const onPath = (program: string): boolean =>
  (process.env.PATH ?? '').split(':').some((folder) => existsSync(`${folder}/${program}`));

async function ran(program: string, args: readonly string[], way: AskedWay): Promise<string> {
  const { stdout, stderr } = await run(program, args, { env: environment(way) });
  return (stdout.trim() || stderr.trim()).slice(-2_000);
}

const CHAIN = 'catch (error) { for (let each = error; each; each = each.cause) console.log(each.message) }';
const NODE = `try { console.log((await fetch(process.argv[1])).status) } ${CHAIN}`;
const UNDICI = `import { fetch, ProxyAgent } from 'undici';
const { HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: file } = process.env;
const { readFileSync } = await import('node:fs');
const { username, password, origin } = new URL(proxy);
const token = username ? 'Basic ' + Buffer.from(decodeURIComponent(username) + ':' + password).toString('base64') : undefined;
const dispatcher = new ProxyAgent({ uri: origin, token, requestTls: { ca: readFileSync(file) } });
try { console.log((await fetch(process.argv[1], { dispatcher })).status) } ${CHAIN}
process.exit()`;
const URLLIB = `import sys, urllib.request
try: print(urllib.request.urlopen(sys.argv[1], timeout=10).status)
except Exception as error: print(error)`;
const REQUESTS = URLLIB.replace('urllib.request\n', 'requests\n').replace(
  'urllib.request.urlopen(sys.argv[1], timeout=10).status',
  'requests.get(sys.argv[1], timeout=10).status_code',
);

export const ASKED: readonly AskedClient[] = [
  {
    name: 'curl',
    present: onPath('curl'),
    ask: (url, way) =>
      ran('curl', ['-sS', '-o', '/dev/null', '-w', '%{http_code}', '--max-time', '10', '--cacert', way.caFile, url], way),
  },
  {
    // Says nothing about itself before it is asked, as browsers do.
    name: 'curl that waits to be asked',
    present: onPath('curl'),
    ask(url, way) {
      const args = [
        '-sS',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        '--max-time',
        '10',
        '--cacert',
        way.caFile,
        '--proxy-anyauth',
      ];
      const credentials = way.user === '' ? [] : ['--proxy-user', `${way.user}:${way.password}`];
      return ran('curl', [...args, '--proxy', way.proxyUrl, ...credentials, url], { ...way, user: '' });
    },
  },
  {
    name: 'Node with NODE_USE_ENV_PROXY',
    present: true,
    ask: (url, way) => ran(process.execPath, ['--use-env-proxy', '--input-type=module', '-e', NODE, url], way),
  },
  {
    name: 'undici ProxyAgent',
    present: true,
    ask: (url, way) => ran(process.execPath, ['--input-type=module', '-e', UNDICI, url], way),
  },
  { name: 'Python urllib', present: onPath('python3'), ask: (url, way) => ran('python3', ['-c', URLLIB, url], way) },
  {
    // It sends nothing before it is asked, and Basic to tunnels only when it is told to.
    name: 'Java HttpClient',
    present: onPath('javac'),
    slow: true,
    ask(url, way) {
      const { hostname, port } = new URL(way.proxyUrl);
      const program = join(import.meta.dirname, 'Asked.java');
      const args = ['-Djdk.http.auth.tunneling.disabledSchemes=', '-XX:TieredStopAtLevel=1', program];
      return ran('java', [...args, url, hostname, port, way.user, way.password, way.caFile], way);
    },
  },
  { name: 'Python requests', present: onPath('python3'), ask: (url, way) => ran('python3', ['-c', REQUESTS, url], way) },
];
