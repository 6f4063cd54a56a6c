// A console for tests of routes, without a port: real accounts, real policy files in a folder of their own, real notes and history. Only what
// the store would answer is made up.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inviteLink } from '../../../src/access/invites.ts';
import type { Role } from '../../../src/account.ts';
import { INSTALL_DIR } from '../../../src/config.ts';
import type { ApiOptions, AuditAct, Reports } from '../../../src/console/api/options.ts';
import { createConsole } from '../../../src/console/app.ts';
import { createLiveHub } from '../../../src/console/live/hub.ts';
import { type LoadedSource, loadSnapshotSource } from '../../../src/load.ts';
import { loadPolicy } from '../../../src/policy-files/load-policy.ts';
import { readRulePack } from '../../../src/rule-pack.ts';
import { openApprovalRequests } from '../../../src/store/approval-requests.ts';
import { openConsoleNotes } from '../../../src/store/console-notes.ts';
import { openPolicyHistory } from '../../../src/store/policy-history.ts';
import { openRulePacks } from '../../../src/store/rule-packs.ts';
import { temporaryAccess } from '../../access/temporary-access.ts';

export interface Ask {
  body?: unknown;
  /** Who asks; nobody if absent. */
  as?: Role;
  /** By API token in place of a session. */
  token?: boolean;
  headers?: Record<string, string>;
}

export interface TemporaryConsole {
  ask(method: string, path: string, ask?: Ask): Promise<Response>;
  options: ApiOptions;
  /** What the audit log was told. */
  acts: AuditAct[];
  faults: Error[];
  rules: string;
  policyFile(name: string): string;
  writePolicy(name: string, text: string): void;
  requests: ReturnType<typeof openApprovalRequests>;
  remove(): void;
}

/** Nothing was recorded. */
export const NOTHING: Reports = {
  overview: async () => {
    const none = { value: 0, previous: 0 };
    return {
      headline: {
        ...{ mcpServers: none, shadowServers: none, users: none, requests: none, blocked: none },
        ...{ dlpFindings: none, hosted: none, tokens: none, spend: none },
      },
      ...{ step: 60_000, timeline: [], adoptionStep: 60_000, adoption: [], top: { servers: [], users: [], tools: [] } },
      wouldBlock: { requests: 0, users: 0, servers: 0 },
    };
  },
  events: async () => [],
  countEvents: async () => 0,
  event: async () => undefined,
  callsOf: async () => [],
  matches: async () => [],
  match: async () => undefined,
  matchesOf: async () => [],
  servers: async () => [],
  server: async () => undefined,
  toolFindings: async () => [],
  findings: async () => [],
  ruleUse: async () => [],
  ruleHistory: async () => [],
  ruleRecorded: async () => ({ n: 0, users: 0, servers: 0, blocked: 0, examples: [] }),
  dlpSummary: async () => ({
    ...{ byDetector: [], step: 60_000, timeline: [] },
    coverage: { covered: 0, partly: 0, not: 0, reasons: [] },
  }),
  people: async () => [],
  person: async () => undefined,
  adoption: async () => ({ step: 60_000, timeline: [], people: { sanctioned: 0, shadow: 0, both: 0 }, groups: [], servers: [] }),
  compliance: async ({ from, to }) => ({ from, to, figures: [], servers: [], detectors: [], changes: [] }),
  audit: async () => [],
  act: async () => undefined,
  map: async () => ({ nodes: [], links: [] }),
  coverage: async () => ({ applications: [], people: [], hosts: [], failing: [], evasion: [] }),
};

/** Rules and detectors take a while to load, and tests do not change them. */
let shipped: LoadedSource | undefined;

const SITE = 'http://127.0.0.1:8081';

/** @param changes what differs from a console that has recorded nothing */
export async function temporaryConsole(
  changes: Omit<Partial<ApiOptions>, 'reports'> & { reports?: Partial<Reports> } = {},
): Promise<TemporaryConsole> {
  const place = temporaryAccess();
  const dir = mkdtempSync(join(tmpdir(), 'daylight-console-'));
  const rules = join(dir, 'rules');
  mkdirSync(join(rules, 'local'), { recursive: true });
  for (const name of readdirSync(join(INSTALL_DIR, 'rules')).filter((each) => each !== 'local'))
    symlinkSync(join(INSTALL_DIR, 'rules', name), join(rules, name));
  const fail = (message: string) => {
    throw new Error(message);
  };
  const history = openPolicyHistory(dir, { onBroken: fail });
  const packs = openRulePacks(dir, fail);
  packs.keep(readRulePack(rules), '1.2.3', Date.now());
  const notes = openConsoleNotes(dir, fail);
  const requests = openApprovalRequests(dir);
  const acts: AuditAct[] = [];
  const faults: Error[] = [];
  shipped ??= loadSnapshotSource(rules);
  const { source, ...rest } = shipped;
  let loaded = shipped;
  const options: ApiOptions = {
    access: place.access,
    rules,
    loaded: () => loaded,
    history,
    packs,
    async applyPolicy() {
      loaded = { ...rest, source: { ...source, policy: loadPolicy(rules, source.rules, options.now()).policy } };
    },
    notes,
    sinks: { list: () => [], test: async () => undefined, resend: async () => undefined },
    retention: undefined,
    requests: {
      list: requests.list,
      find: (id) => requests.list().find((request) => request.id === id),
      complete: async (request) => request,
      decide: requests.decide,
    },
    async *recorded() {},
    pseudonym: undefined,
    forget: async () => ({ record: { objectId: 'p-1', after: '{}' }, tables: [], elsewhere: [], kept: [], waiting: false }),
    live: createLiveHub({ watch: () => {} }),
    health: async () => ({
      workers: 2,
      snapshot: 'abc',
      store: { ready: true, message: '', pendingBytes: 0, lagMs: 0 },
      ca: { subject: 'CN=Daylight', expires: 0, fingerprint: 'AA', file: 'ca.pem' },
    }),
    settings: async () => ({ retention: {}, config: {}, oidc: false }),
    caCertificate: async () => 'PEM',
    saveSample: async (name, yaml) => {
      writeFileSync(join(dir, name), yaml);
      return join(dir, name);
    },
    audit: (act) => void acts.push(act),
    onFault: (error) => void faults.push(error),
    now: Date.now,
    ...changes,
    reports: { ...NOTHING, ...changes.reports },
  };
  const app = createConsole({
    status: () => ({
      snapshot: 'abc',
      ...{ workers: 2, rules: 1, ca: { expires: 0 } },
      store: { ready: true, drain: { pendingSegments: 0, pendingBytes: 0, lagMs: 0 } },
    }),
    signIn: {
      access: place.access,
      publicUrl: '',
      proxyUrl: () => 'http://127.0.0.1:8080',
      linkTo: (invite) => inviteLink(SITE, invite),
      ...{ idleMinutes: 30, version: '1.2.3', sensor: 'edge-1' },
      onFailure: options.onFault,
      onFault: options.onFault,
    },
    api: options,
  });
  const sessions = new Map<Role, Promise<string>>();
  const tokens = new Map<Role, string>();

  return {
    ...{ options, acts, faults, rules, requests },
    async ask(method, path, { body, as, token, headers = {} } = {}) {
      const all = new Headers({ host: new URL(SITE).host, ...headers });
      if (as !== undefined) {
        if (!sessions.has(as)) sessions.set(as, place.join(as, as));
        const id = await sessions.get(as)!;
        if (token) {
          if (!tokens.has(as)) tokens.set(as, place.access.createToken(as, { name: 'test', role: as, days: 1 }).token);
          all.set('authorization', `Bearer ${tokens.get(as)}`);
        } else {
          all.set('cookie', `daylight=${id}`);
          if (!all.has('x-csrf-token')) all.set('x-csrf-token', place.access.session(id, false)!.csrf);
        }
      }
      if (body !== undefined && !all.has('content-type')) all.set('content-type', 'application/json');
      const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
      return app.request(`${SITE}${path}`, { method, headers: all, ...sent });
    },
    policyFile: (name) => readFileSync(join(rules, 'local', name), 'utf8'),
    writePolicy: (name, text) => writeFileSync(join(rules, 'local', name), text),
    remove() {
      options.live.close();
      history.close();
      packs.close();
      notes.close();
      requests.close();
      place.remove();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
