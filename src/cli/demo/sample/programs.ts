// What else the programs of the sample company did: what Coverage shows beside MCP. Browsers and tools that trust the CA, some that do not, one
// that pins a host, one host that is never decrypted, a tunnel that nobody can look into.

import type { SeenClient } from '../../../store/client-counts.ts';
import { PEOPLE } from './company.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Habit {
  agent: string;
  ja4: string;
  host: string;
  /** Each so manieth person does it. */
  every: number;
  /** Times on a weekday. */
  times: number;
  inspected?: SeenClient['inspected'];
  error?: string;
  evasion?: readonly string[];
}

const UNTRUSTING = 'ERR_CLIENT_TLS: unknown ca';

const HABITS: readonly Habit[] = [
  {
    agent: 'Mozilla/5.0 Chrome/150.0',
    ja4: 't13d1516h2_8daaf6152771_02713d6af862',
    host: 'intranet.larkfield.example',
    every: 1,
    times: 40,
  },
  {
    agent: 'Mozilla/5.0 Chrome/150.0',
    ja4: 't13d1516h2_8daaf6152771_02713d6af862',
    host: 'video.example',
    every: 4,
    times: 6,
    evasion: ['http3'],
  },
  { agent: 'Mozilla/5.0 Firefox/148.0', ja4: 't13d1715h2_5b57614c22b0_5c2c66f702b0', host: 'news.example', every: 3, times: 9 },
  { agent: 'git/2.50.0', ja4: 't13d3013h2_1d37bd780c83_882d495ac381', host: 'git.larkfield.example', every: 2, times: 14 },
  { agent: 'python-requests/2.33', ja4: 't13d4312h1_c7886603b240_b26ce05bbdd6', host: 'data.example', every: 5, times: 5 },
  {
    agent: 'python-requests/2.33',
    ja4: 't13d4312h1_c7886603b240_b26ce05bbdd6',
    host: 'models.example',
    every: 11,
    times: 2,
    inspected: 'opaque',
    error: UNTRUSTING,
  },
  {
    agent: 'Java-http-client/25',
    ja4: 't13d491100_bd868743f55c_fa269c3d986d',
    host: 'build.larkfield.example',
    every: 7,
    times: 3,
    inspected: 'opaque',
    error: UNTRUSTING,
  },
  { agent: 'Slack/5.0', ja4: 't13d1517h2_8daaf6152771_b0da82dd1658', host: 'chat.example', every: 2, times: 12 },
  {
    agent: 'Slack/5.0',
    ja4: 't13d1517h2_8daaf6152771_b0da82dd1658',
    host: 'calls.chat.example',
    every: 6,
    times: 1,
    inspected: 'opaque',
    error: UNTRUSTING,
  },
  { agent: '', ja4: 't13i190900_9dc949149365_97f8aa674fd9', host: 'bank.example', every: 5, times: 1, inspected: 'passthrough' },
  { agent: '', ja4: '', host: 'desk.tunnel.example', every: 13, times: 1, inspected: 'opaque', evasion: ['not-http'] },
];

/** Everything they did in so many days before `now`, epoch milliseconds. */
export function* sampleClients(now: number, days: number): Generator<SeenClient> {
  for (let day = days; day > 0; day--) {
    const start = Math.floor((now - day * DAY) / DAY) * DAY;
    if ([0, 6].includes(new Date(start).getUTCDay())) continue;
    for (const { agent, ja4, host, every, times, inspected = 'yes', error = '', evasion = [] } of HABITS) {
      for (const { user, address } of PEOPLE.filter((_, index) => index % every === 0)) {
        for (let time = 0; time < times; time++) {
          const ts = start + 8 * HOUR + Math.floor((time * 9 * HOUR) / times);
          const seen = { ts, user_id: user, src_ip: address, user_agent: agent, ja4, dst_host: host, url: `https://${host}/` };
          yield { ...seen, tenant: 'default', sensor: '', inspected, error, evasion: [...evasion] };
        }
      }
    }
  }
}
