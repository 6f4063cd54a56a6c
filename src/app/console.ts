// The part of the composition root behind the console's API: where its reports, notes, policy and live feed come from.

import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type ApprovalRequest, factsOf } from '../approval-request.ts';
import type { Config } from '../config.ts';
import type { ConfigFile } from '../config-file.ts';
import type { ApiOptions, RequestsDesk } from '../console/api/options.ts';
import type { LiveHub } from '../console/live/hub.ts';
import { DaylightError } from '../errors.ts';
import type { LoadedSource } from '../load.ts';
import type { Log } from '../log.ts';
import type { PolicyHistory } from '../policy-files/policy-version.ts';
import { exportCa, openCa } from '../proxy/ca.ts';
import type { RulePacks } from '../rule-pack.ts';
import type { Sinks } from '../sinks/open-sinks.ts';
import type { ApprovalRequests } from '../store/approval-requests.ts';
import { openConsoleNotes } from '../store/console-notes.ts';
import { createPseudonyms } from '../store/emit.ts';
import type { EventStore } from '../store/event-store.ts';
import { readHistory } from '../store/history.ts';
import { loadInstallationKey } from '../store/installation-key.ts';
import { createReports } from '../store/reports/reports.ts';
import { retentionDays } from '../store/retention.ts';
import { forgetPerson } from './forget-person.ts';
import { retentionDesk } from './retention.ts';
import { withoutSecrets } from './settings.ts';

export interface ConsoleParts {
  log: Log;
  store: EventStore;
  sinks: Pick<Sinks, 'health' | 'test' | 'resend'>;
  access: ApiOptions['access'];
  live: LiveHub;
  loaded(): LoadedSource;
  history: PolicyHistory | undefined;
  packs: RulePacks | undefined;
  /** Absent where the configuration is none of a file. */
  configFile: ConfigFile | undefined;
  requests: ApprovalRequests | undefined;
  /** Takes changed policy files into force. */
  applyPolicy(): Promise<void>;
  snapshotId(): string;
  /** Live worker processes. */
  workers(): number;
}

export interface ConsoleApi {
  options: ApiOptions;
  close(): void;
}

/** Events that are decided again without a pause: whoever else uses the console waits as long. */
const HISTORY_PAGE = 1_000;
/** How long somebody who deletes a person waits for ClickHouse. */
const FORGET_MS = 60_000;

/** undefined when notes cannot be kept: the console has its sign-in then, and nothing behind it. */
export function openConsoleApi(config: Config, parts: ConsoleParts): ConsoleApi | undefined {
  const { log, store, requests } = parts;
  const notes = openNotes();
  if (!notes) return undefined;
  const reader = () => store.reader();

  function openNotes() {
    try {
      return openConsoleNotes(config.data, (message, cause) => log.error({ err: cause }, message));
    } catch (error) {
      log.error({ err: error }, 'the console shows nothing: what people note cannot be kept');
      return undefined;
    }
  }

  const options: ApiOptions = {
    access: parts.access,
    rules: config.rules,
    loaded: parts.loaded,
    history: parts.history,
    packs: parts.packs,
    applyPolicy: parts.applyPolicy,
    reports: createReports(reader),
    notes,
    retention: parts.configFile && retentionDesk(config, parts.configFile, store.retain),
    requests: requests && requestsDesk(requests, store),
    async *recorded({ since, until }) {
      const found = reader();
      if (!found) throw new DaylightError('ERR_NOT_RUNNING', 'ClickHouse is not ready yet; try again in a moment');
      yield* readHistory(found, { since, until }, HISTORY_PAGE);
    },
    pseudonym: config.store.pseudonymise ? createPseudonyms(loadInstallationKey(config.data)) : undefined,
    async forget(name) {
      const found = reader();
      if (!found) throw new DaylightError('ERR_NOT_RUNNING', 'ClickHouse is not ready yet; try again in a moment');
      const pending = store.status().drain.pendingBytes > 0;
      const forgotten = await forgetPerson(config, name, {
        reader: found,
        deleteRows: (names) => store.forget(names, FORGET_MS),
        configFile: parts.configFile?.file,
      });
      return { ...forgotten, waiting: forgotten.waiting || pending };
    },
    live: parts.live,
    sinks: { list: parts.sinks.health, test: parts.sinks.test, resend: parts.sinks.resend },
    async health() {
      const { ready, drain } = store.status();
      const message = ready ? '' : 'ClickHouse does not answer; events wait in the spool';
      const { info } = await openCa({ dir: config.certs });
      const { subject, notAfter: expires, fingerprint, file } = info;
      return {
        workers: parts.workers(),
        snapshot: parts.snapshotId(),
        store: { ready, message, pendingBytes: drain.pendingBytes, lagMs: drain.lagMs },
        ca: { subject, expires, fingerprint, file },
      };
    },
    async settings() {
      const found = reader();
      const retention = found ? await retentionDays(found) : {};
      return { retention, config: withoutSecrets(config), oidc: config.console.oidc !== undefined };
    },
    caCertificate: async () => exportCa(await openCa({ dir: config.certs })).toString(),
    async saveSample(name, yaml) {
      const folder = join(config.data, 'samples');
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = join(folder, basename(name));
      await writeFile(file, yaml, { mode: 0o600 });
      return file;
    },
    audit: store.audit,
    onFault: (error) => log.error({ err: error }, 'a request to the console failed'),
    now: Date.now,
  };
  return {
    options,
    close() {
      parts.live.close();
      notes.close();
    },
  };
}

function requestsDesk(requests: ApprovalRequests, store: EventStore): RequestsDesk {
  return {
    list: requests.list,
    find(id): ApprovalRequest | undefined {
      try {
        return requests.get(id);
      } catch (error) {
        if (error instanceof DaylightError && error.code === 'ERR_USAGE') return undefined;
        throw error;
      }
    },
    async complete(request) {
      if (request.traffic !== '') return request;
      const event = await store.event(request.event_id);
      return event ? requests.complete(request.id, factsOf(event)) : request;
    },
    decide: requests.decide,
  };
}
