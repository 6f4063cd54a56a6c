// The part of the composition root behind the appliance's own host: the setup pages, and the page on which people ask for approval.

import { hostname } from 'node:os';
import { type ApprovalRequest, factsOf } from '../approval-request.ts';
import { askKey } from '../ask-token.ts';
import type { Config } from '../config.ts';
import type { AskOptions } from '../console/ask/routes.ts';
import type { OwnPages } from '../console/own-door.ts';
import type { SetupCa } from '../console/setup/certificates.ts';
import type { Log } from '../log.ts';
import { openCa } from '../proxy/ca.ts';
import type { ApprovalRequests } from '../store/approval-requests.ts';
import type { EventStore } from '../store/event-store.ts';
import { loadInstallationKey } from '../store/installation-key.ts';

export interface OwnPagesParts {
  log: Log;
  store: EventStore;
  /** Absent where requests for approval cannot be kept. */
  requests: ApprovalRequests | undefined;
  /** What the proxy listens on, as a URL. */
  listening(): string;
}

/** Milliseconds: anybody may ask for the CA, as often as they like. */
const CA_KEPT_MS = 2_000;

export function ownPages(config: Config, parts: OwnPagesParts): OwnPages {
  const { log, requests } = parts;
  const ca = keptFor(CA_KEPT_MS, () => setupCa(config.certs));
  return {
    ask: requests && askOptions(config, parts, requests),
    setup: {
      ca,
      proxyUrl: () => config.onboarding.proxyUrl || reachable(parts.listening()),
      pac: config.onboarding.pac,
      onFault: (error) => log.error({ err: error }, 'a setup page could not be shown'),
    },
  };
}

function askOptions(config: Config, { log, store }: OwnPagesParts, requests: ApprovalRequests): AskOptions {
  return {
    key: askKey(loadInstallationKey(config.data)),
    publicUrl: config.console.url,
    contact: config.contact,
    requests,
    facts: async (eventId) => {
      const event = await store.event(eventId);
      return event && factsOf(event);
    },
    onFiled(request: ApprovalRequest) {
      log.info({ request: request.id, servers: request.servers }, 'someone asks for approval');
      const { id, name, reason } = request;
      const entry = { objectType: 'request', objectId: id, reason: `${name}: ${reason}`, after: JSON.stringify(request) };
      store.audit({ action: 'request.created', ...entry });
    },
    onFault: (error) => log.error({ err: error }, 'a request for approval was not taken'),
    now: Date.now,
  };
}

/** The CA in force first; during a rotation clients should get the next one early, and keep the one before. */
async function setupCa(dir: string): Promise<SetupCa> {
  const { anchor, next, previous, info } = await openCa({ dir });
  const certificates = [anchor, next, previous].flatMap((each) => (each === undefined ? [] : [each.toString()]));
  return { certificates, subject: info.subject, fingerprint: info.fingerprint, expires: info.notAfter };
}

/** An address that stands for every address of this machine is none for others: its name is. */
function reachable(url: string): string {
  return url.replace(/^(https?:\/\/)(0\.0\.0\.0|\[::\])(?=:|$)/, `$1${hostname()}`);
}

function keptFor<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let until = 0;
  let answer: Promise<T> | undefined;
  return () => {
    const now = performance.now();
    if (answer && now < until) return answer;
    until = now + ms;
    answer = ask();
    // What failed is asked again.
    answer.catch(() => {
      answer = undefined;
    });
    return answer;
  };
}
