// What the API needs from the rest of Daylight, as functions: edges do not know each other.

import type { Access } from '../../account.ts';
import type { ApprovalRequest, RequestState } from '../../approval-request.ts';
import type { AuditEvent, DlpMatchEvent, HttpFlowEvent, ServerFindingEvent } from '../../engine/event.ts';
import type { LoadedSource } from '../../load.ts';
import type { PolicyHistory } from '../../policy-files/policy-version.ts';
import type { RulePacks } from '../../rule-pack.ts';
import type { LiveHub } from '../live/hub.ts';
import type { Scope } from './scope.ts';
import type {
  AdoptionReport,
  ComplianceReport,
  Coverage,
  DlpSummary,
  Finding,
  FindingChange,
  ForgetResult,
  MapData,
  McpCall,
  Overview,
  Person,
  PersonDetails,
  RetentionDays,
  ReviewChange,
  Server,
  ServerDetails,
  Settings,
  Sink,
  SinkTest,
} from './shapes.ts';

/** A place in a list that is sorted newest first. */
export interface Position {
  ts: number;
  id: string;
}

export interface Paged {
  limit: number;
  after?: Position | undefined;
}

/** A server as the store knows it: what people noted and what policy says is added by the API. */
export type ServerRow = Omit<Server, 'state' | 'owner' | 'note' | 'risk'> & { highFindings: number };
export type ServerReport = ServerRow & Pick<ServerDetails, 'toolList' | 'changes' | 'userList' | 'timeline'>;

/** What the store knows of coverage: what to do about it is added by the API. */
export type CoverageFound = Pick<Coverage, 'applications' | 'people' | 'hosts' | 'evasion'> & {
  failing: (Omit<Coverage['failing'][number], 'cause' | 'suggestion'> & { trustsElsewhere: boolean })[];
};

/** A finding as the store computes it. */
export type FindingRow = Omit<Finding, 'state' | 'assignee' | 'note' | 'changed'>;

export interface RuleUse {
  id: string;
  hits: number;
  users: number;
  lastHit: number;
}

/** Which acts of the audit log; all that is given must hold. */
export interface AuditSearch {
  actor?: string | undefined;
  action?: string | undefined;
  object?: string | undefined;
  outcome?: AuditEvent['outcome'] | undefined;
  words?: readonly string[] | undefined;
}

/** The queries behind the pages. Each rejects with DaylightError ERR_NOT_RUNNING while the store does not answer. */
export interface Reports {
  overview(scope: Scope): Promise<Overview>;
  events(scope: Scope, page: Paged): Promise<HttpFlowEvent[]>;
  countEvents(scope: Scope): Promise<number>;
  event(id: string): Promise<HttpFlowEvent | undefined>;
  callsOf(event: HttpFlowEvent): Promise<McpCall[]>;
  matches(scope: Scope, page: Paged, detector?: string): Promise<DlpMatchEvent[]>;
  match(id: string): Promise<DlpMatchEvent | undefined>;
  matchesOf(eventId: string): Promise<DlpMatchEvent[]>;
  servers(scope: Scope, page: Paged): Promise<ServerRow[]>;
  server(key: string, scope: Scope): Promise<ServerReport | undefined>;
  toolFindings(scope: Scope): Promise<ServerFindingEvent[]>;
  findings(scope: Scope): Promise<FindingRow[]>;
  ruleUse(scope: Scope): Promise<RuleUse[]>;
  ruleHistory(id: string, scope: Scope): Promise<{ t: number; n: number; blocked: number }[]>;
  ruleRecorded(
    id: string,
    since: number,
  ): Promise<{ n: number; users: number; servers: number; blocked: number; examples: string[] }>;
  dlpSummary(scope: Scope): Promise<DlpSummary>;
  people(scope: Scope, page: Paged): Promise<Person[]>;
  person(user: string, scope: Scope): Promise<PersonDetails | undefined>;
  adoption(scope: Scope): Promise<AdoptionReport>;
  compliance(
    scope: Scope,
  ): Promise<Omit<ComplianceReport, 'servers'> & { servers: Omit<ComplianceReport['servers'][number], 'state' | 'owner'>[] }>;
  audit(scope: Scope, page: Paged, search?: AuditSearch): Promise<AuditEvent[]>;
  act(id: string): Promise<AuditEvent | undefined>;
  map(scope: Scope): Promise<MapData>;
  coverage(scope: Scope): Promise<CoverageFound>;
}

export interface AuditAct {
  actor: string;
  action: string;
  objectType: string;
  objectId: string;
  reason: string;
  before?: string;
  after?: string;
  outcome?: 'success' | 'denied' | 'error';
}

/** What people noted: who looks after which server, and how far they are with which finding. */
export interface Notes {
  reviews(): Map<string, Review>;
  review(change: ReviewChange, by: string, now: number): { before: Review; after: Review };
  findingNotes(): Map<string, FindingNote>;
  noteFinding(id: string, change: FindingChange, by: string, now: number): { before: FindingNote; after: FindingNote };
  /** Epoch milliseconds; 0 for somebody who never looked. */
  lastLook(name: string): number;
  looked(name: string, now: number): void;
}

export interface Review {
  serverKey: string;
  state: 'new' | 'in-review';
  owner: string;
  note: string;
}

export interface FindingNote {
  id: string;
  state: Finding['state'];
  assignee: string;
  note: string;
  /** Epoch milliseconds of the last change of state; 0 without any. */
  changed: number;
}

/** Requests for approval (store/approval-requests.ts). */
export interface RequestsDesk {
  list(query: { states?: readonly RequestState[] | undefined; limit?: number }): ApprovalRequest[];
  find(id: string): ApprovalRequest | undefined;
  /** The request, with what is stored by now about the event it is about. */
  complete(request: ApprovalRequest): Promise<ApprovalRequest>;
  decide(
    id: string,
    decision: { state: 'approved' | 'denied'; decided: number; decided_by: string; comment: string; until?: string },
  ): ApprovalRequest;
}

/** How long rows are kept, as the configuration file says it. */
export interface RetentionDesk {
  read(): Promise<NonNullable<Settings['keep']>>;
  /**
   * Writes days by key into the file, and applies them.
   *
   * @returns false if the file is another than the etag says
   * @throws DaylightError ERR_CONFIG_INVALID if the file is broken or cannot be written
   */
  set(days: RetentionDays, etag: string): Promise<boolean>;
}

export interface ApiOptions {
  access: Pick<Access, 'session' | 'token' | 'accounts'>;
  /** The folder of rules and policy. */
  rules: string;
  /** What is loaded from it; broken files leave the last one that was whole. */
  loaded(): LoadedSource;
  history: PolicyHistory | undefined;
  /** The rule packs that ran here; absent where they cannot be kept. */
  packs: RulePacks | undefined;
  /** Policy files were changed: takes them into force. */
  applyPolicy(): Promise<void>;
  reports: Reports;
  notes: Notes;
  /** Absent where they cannot be kept. */
  requests: RequestsDesk | undefined;
  /** Pages of events, oldest first. */
  recorded(span: { since: number; until: number | undefined }): AsyncIterable<readonly HttpFlowEvent[]>;
  /** How the store names people, if not as policy does. */
  pseudonym: ((user: string) => string) | undefined;
  /**
   * Deletes everything that is stored about a person.
   *
   * @returns how the act may be recorded, without the name; rows by table, what was done outside ClickHouse, what still names them and why,
   *   and whether events still waited to be stored
   * @throws DaylightError ERR_STORE if it takes longer than people wait
   */
  forget(name: string): Promise<{ record: { objectId: string; after: string } } & Omit<ForgetResult, 'rows'>>;
  live: LiveHub;
  sinks: {
    list(): Sink[];
    /** Undefined if there is no such sink. */
    test(name: string, actor: string): Promise<SinkTest | undefined>;
    /** How many dead letters are sent again; undefined if there is no such sink. */
    resend(name: string): Promise<number | undefined>;
  };
  health(): Promise<{
    workers: number;
    snapshot: string;
    store: { ready: boolean; message: string; pendingBytes: number; lagMs: number };
    ca: Settings['ca'];
  }>;
  /** Absent where the appliance was not started from a configuration. */
  retention: RetentionDesk | undefined;
  settings(): Promise<Pick<Settings, 'retention' | 'config'> & { oidc: boolean }>;
  /** PEM. */
  caCertificate(): Promise<string>;
  /** Keeps an exchange for the author of a rule. @returns where */
  saveSample(name: string, yaml: string): Promise<string>;
  audit(act: AuditAct): void;
  onFault(error: Error): void;
  /** Epoch milliseconds. */
  now(): number;
}
