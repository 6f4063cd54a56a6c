// What this project relies on of OCSF 1.8.0, written down by hand: the attributes that its events use, and those that the schema demands of
// them. Nothing else is allowed. published.test.ts compares it with the schema itself.
//
//   name         string_t, may be there        name!   has to be there        name[]    a list
//   name:type    another type or an object     name@profile   brought by a profile

import type { Attribute, EventClass, OcsfSchema, ScalarType, Shape } from './schema.ts';

/** Numbers and captions, by attribute, or by object and attribute. The caption stands in the attribute without `_id`. */
const VALUES: Readonly<Record<string, string>> = {
  severity_id: '0 Unknown, 1 Informational, 2 Low, 3 Medium, 4 High, 5 Critical, 6 Fatal, 99 Other',
  status_id: '0 Unknown, 1 Success, 2 Failure, 99 Other',
  'data_security_finding.status_id': '0 Unknown, 1 New, 2 In Progress, 3 Suppressed, 4 Resolved, 5 Archived, 6 Deleted, 99 Other',
  'detection_finding.status_id': '0 Unknown, 1 New, 2 In Progress, 3 Suppressed, 4 Resolved, 5 Archived, 6 Deleted, 99 Other',
  action_id: '0 Unknown, 1 Allowed, 2 Denied, 3 Observed, 4 Modified, 99 Other',
  disposition_id:
    '0 Unknown, 1 Allowed, 2 Blocked, 3 Quarantined, 4 Isolated, 5 Deleted, 6 Dropped, 7 Custom Action, 8 Approved, 9 Restored, 10 Exonerated, ' +
    '11 Corrected, 12 Partially Corrected, 13 Uncorrected, 14 Delayed, 15 Detected, 16 No Action, 17 Logged, 18 Tagged, 19 Alert, 20 Count, ' +
    '21 Reset, 22 Captcha, 23 Challenge, 24 Access Revoked, 25 Rejected, 26 Unauthorized, 27 Error, 99 Other',
  confidence_id: '0 Unknown, 1 Low, 2 Medium, 3 High, 99 Other',
  'http_activity.activity_id':
    '0 Unknown, 1 Connect, 2 Delete, 3 Get, 4 Head, 5 Options, 6 Post, 7 Put, 8 Trace, 9 Patch, 99 Other',
  'api_activity.activity_id': '0 Unknown, 1 Create, 2 Read, 3 Update, 4 Delete, 99 Other',
  'detection_finding.activity_id': '0 Unknown, 1 Create, 2 Update, 3 Close, 99 Other',
  'data_security_finding.activity_id': '0 Unknown, 1 Create, 2 Update, 3 Close, 4 Suppressed, 99 Other',
  'authentication.activity_id':
    '0 Unknown, 1 Logon, 2 Logoff, 3 Authentication Ticket, 4 Service Ticket Request, 5 Service Ticket Renew, 6 Preauth, 7 Account Switch, 99 Other',
  'entity_management.activity_id':
    '0 Unknown, 1 Create, 2 Read, 3 Update, 4 Delete, 5 Move, 6 Enroll, 7 Unenroll, 8 Enable, 9 Disable, 10 Activate, 11 Deactivate, ' +
    '12 Suspend, 13 Resume, 99 Other',
  'http_request.http_method':
    'CONNECT Connect, DELETE Delete, GET Get, HEAD Head, OPTIONS Options, PATCH Patch, POST Post, PUT Put, TRACE Trace',
  'network_connection_info.direction_id': '0 Unknown, 1 Inbound, 2 Outbound, 3 Lateral, 4 Local, 99 Other',
  'ja4_fingerprint.type_id':
    '0 Unknown, 1 JA4, 2 JA4Server, 3 JA4HTTP, 4 JA4Latency, 5 JA4X509, 6 JA4SSH, 7 JA4TCP, 8 JA4TCPServer, 9 JA4TCPScan, 99 Other',
  'user.type_id': '0 Unknown, 1 User, 2 Admin, 3 System, 4 Service, 99 Other',
  'managed_entity.type_id': '0 Unknown, 1 Device, 2 User, 3 Group, 4 Organization, 5 Policy, 6 Email, 7 Network Zone, 99 Other',
  'analytic.type_id':
    '0 Unknown, 1 Rule, 2 Behavioral, 3 Statistical, 4 Learning (ML/DL), 5 Fingerprinting, 6 Tagging, 7 Keyword Match, 8 Regular Expressions, ' +
    '9 Exact Data Match, 10 Partial Data Match, 11 Indexed Data Match, 99 Other',
  'resource_details.role_id': '0 Unknown, 1 Target, 2 Actor, 3 Affected, 4 Related, 99 Other',
  'message_context.ai_role_id': '0 Unknown, 1 User, 2 Assistant, 3 Tool, 4 Agent, 5 Orchestrator, 6 Retriever, 99 Other',
  'data_security.category_id':
    '0 Unknown, 1 Personal, 2 Governmental, 3 Financial, 4 Business, 5 Military and Law Enforcement, 6 Security, 99 Other',
  'data_security.data_lifecycle_state_id': '0 Unknown, 1 Data at-Rest, 2 Data in-Transit, 3 Data in-Use, 99 Other',
  // These lists are longer; only what is used is written down.
  'data_security.detection_system_id': '5 Secure Web Gateway',
  'device.type_id': '0 Unknown',
  'observable.type_id': '1 Hostname, 2 IP Address, 4 User Name, 6 URL String',
};

/** Attributes whose caption is not in the attribute of the same name without `_id`. */
const NO_CAPTION = new Set(['http_method', 'class_uid', 'category_uid']);

const EVERY_CLASS =
  'activity_id!:integer_t activity_name category_uid!:integer_t category_name class_uid!:integer_t class_name type_uid!:long_t type_name ' +
  'severity_id!:integer_t severity time!:timestamp_t metadata!:metadata message status_id:integer_t status status_code status_detail ' +
  'start_time:timestamp_t end_time:timestamp_t duration:long_t observables[]:observable unmapped:object';
const CONTROL =
  'action_id:integer_t@security_control action@security_control disposition_id:integer_t@security_control ' +
  'disposition@security_control policy:policy@security_control';
const IAM = 'actor:actor';

interface Described {
  uid: number;
  caption: string;
  category: readonly [number, string];
  profiles: string;
  attributes: string;
  some?: string;
}

const CLASSES: Readonly<Record<string, Described>> = {
  http_activity: {
    ...{ uid: 4002, caption: 'HTTP Activity', category: [4, 'Network Activity'], some: 'http_request http_response' },
    profiles: 'host network_proxy security_control',
    attributes:
      `${EVERY_CLASS} ${CONTROL} is_alert:boolean_t@security_control confidence_id:integer_t@security_control confidence@security_control ` +
      'confidence_score:integer_t@security_control firewall_rule:firewall_rule@security_control actor:actor@host device:device@host ' +
      'proxy_endpoint:network_proxy@network_proxy connection_info:network_connection_info src_endpoint:network_endpoint ' +
      'dst_endpoint:network_endpoint http_request:http_request http_response:http_response tls:tls traffic:network_traffic ' +
      'ja4_fingerprint_list[]:ja4_fingerprint',
  },
  api_activity: {
    ...{ uid: 6003, caption: 'API Activity', category: [6, 'Application Activity'], profiles: 'ai_operation security_control' },
    attributes:
      `${EVERY_CLASS} ${CONTROL} actor!:actor api!:api src_endpoint!:network_endpoint dst_endpoint:network_endpoint ` +
      'http_request:http_request http_response:http_response resources[]:resource_details ' +
      'ai_model:ai_model@ai_operation message_context:message_context@ai_operation',
  },
  data_security_finding: {
    ...{ uid: 2006, caption: 'Data Security Finding', category: [2, 'Findings'], profiles: 'security_control' },
    attributes:
      `${EVERY_CLASS} ${CONTROL} is_alert:boolean_t confidence_id:integer_t confidence finding_info!:finding_info actor:actor ` +
      'data_security:data_security dst_endpoint:network_endpoint resources[]:resource_details',
  },
  detection_finding: {
    ...{ uid: 2004, caption: 'Detection Finding', category: [2, 'Findings'], profiles: '' },
    attributes: `${EVERY_CLASS} is_alert:boolean_t finding_info!:finding_info evidences[]:evidences resources[]:resource_details`,
  },
  authentication: {
    ...{ uid: 3002, caption: 'Authentication', category: [3, 'Identity & Access Management'], profiles: '' },
    ...{ some: 'service dst_endpoint', attributes: `${EVERY_CLASS} ${IAM} user!:user service:service is_remote:boolean_t` },
  },
  entity_management: {
    ...{ uid: 3004, caption: 'Entity Management', category: [3, 'Identity & Access Management'], profiles: '' },
    attributes: `${EVERY_CLASS} ${IAM} entity!:managed_entity entity_result:managed_entity comment`,
  },
};

const NAME_OR_UID = 'name uid';
const ADDRESS = 'ip uid name hostname svc_name instance_uid interface_uid interface_name domain';

/** Attributes, and which of them at least one has to be there of. */
const OBJECTS: Readonly<Record<string, readonly [attributes: string, some?: string]>> = {
  metadata: ['version! product!:product uid log_name correlation_uid profiles[] tenant_uid reporter:reporter'],
  product: ['name vendor_name version', NAME_OR_UID],
  reporter: ['name', 'hostname ip name uid'],
  observable: ['name type_id!:integer_t type value'],
  actor: ['user:user', 'process user invoked_by session app_name app_uid'],
  user: ['name:username_t email_addr:email_t groups[]:group type_id:integer_t type', 'account name uid'],
  group: ['name', NAME_OR_UID],
  device: ['type_id!:integer_t type uid', 'ip uid name hostname instance_uid interface_uid interface_name'],
  network_endpoint: ['name hostname:hostname_t ip:ip_t port:port_t svc_name', ADDRESS],
  network_proxy: ['name', ADDRESS],
  network_connection_info: ['direction_id!:integer_t direction protocol_name protocol_num:integer_t'],
  network_traffic: ['bytes:long_t bytes_in:long_t bytes_out:long_t'],
  http_request: ['uid http_method url:url user_agent version body_length:integer_t'],
  http_response: ['code!:integer_t latency:integer_t body_length:integer_t content_type'],
  url: ['url_string:url_t scheme hostname:hostname_t port:port_t path query_string', 'url_string path'],
  tls: ['version! sni'],
  ja4_fingerprint: ['type_id!:integer_t type value!'],
  policy: ['name uid is_applied:boolean_t', 'name type uid'],
  firewall_rule: ['uid match_details[]', NAME_OR_UID],
  api: ['operation! service:service request:request response:response'],
  service: ['name', NAME_OR_UID],
  request: ['uid!'],
  response: ['code:integer_t error message'],
  resource_details: ['name uid:resource_uid_t type role_id:integer_t role', NAME_OR_UID],
  ai_model: ['ai_provider! name!', NAME_OR_UID],
  message_context: [
    'ai_role_id:integer_t ai_role application:application service:service uid prompt_tokens:integer_t completion_tokens:integer_t ' +
      'total_tokens:integer_t',
    'application service',
  ],
  application: ['name', 'uid name'],
  finding_info: [
    'uid! title desc created_time:timestamp_t types[] analytic:analytic related_analytics[]:analytic related_events[]:related_event',
  ],
  analytic: ['type_id!:integer_t type uid name', NAME_OR_UID],
  related_event: ['uid! type'],
  data_security: [
    'category_id:integer_t category data_lifecycle_state_id:integer_t data_lifecycle_state detection_system_id:integer_t detection_system ' +
      'detection_pattern pattern_match policy:policy',
    'data_lifecycle_state_id detection_pattern detection_system_id policy',
  ],
  evidences: [
    'data:json_t url:url',
    'actor api connection_info data database databucket device dst_endpoint email file process query resources src_endpoint url user job script',
  ],
  managed_entity: ['name uid type_id:integer_t type data:json_t', 'name uid device group org policy user'],
};

const TYPES: Readonly<Record<string, ScalarType>> = {
  string_t: { json: 'string' },
  hostname_t: { json: 'string' },
  username_t: { json: 'string' },
  resource_uid_t: { json: 'string' },
  url_t: { json: 'string' },
  email_t: { json: 'string', regex: /^[^\s@]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+$/ },
  ip_t: { json: 'string', regex: /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%.+)?)$/, longest: 40 },
  port_t: { json: 'integer', range: [0, 65_535] },
  integer_t: { json: 'integer' },
  long_t: { json: 'integer' },
  timestamp_t: { json: 'integer' },
  boolean_t: { json: 'boolean' },
};

function attributeOf(owner: string, word: string): [string, Attribute] {
  const [, name = '', list, must, type = 'string_t', profile] = /^(\w+?)(\[\])?(!)?(?::(\w+))?(?:@(\w+))?$/.exec(word)!;
  const values = VALUES[`${owner}.${name}`] ?? VALUES[name];
  const attribute: Attribute = {
    ...{ type, array: list !== undefined, required: must !== undefined, profile },
    values: values === undefined ? undefined : new Map(values.split(/,\s+/).map(valueAndCaption)),
    caption: NO_CAPTION.has(name) ? undefined : name.replace(/_id$/, name === 'activity_id' ? '_name' : ''),
  };
  return [name, attribute];
}

function valueAndCaption(text: string): [string, string] {
  const space = text.indexOf(' ');
  return [text.slice(0, space), text.slice(space + 1)];
}

function shapeOf(owner: string, attributes: string, some: string | undefined): Shape {
  return {
    attributes: new Map(attributes.split(/\s+/).map((word) => attributeOf(owner, word))),
    some: some === undefined ? [] : [some.split(' ')],
    one: [],
  };
}

function classOf(name: string, { uid, caption, category, profiles, attributes, some }: Described): [number, EventClass] {
  const [categoryUid, categoryName] = category;
  return [
    uid,
    {
      ...shapeOf(name, attributes, some),
      ...{ name: caption, categoryUid, categoryName, profiles: new Set(profiles.split(' ').filter(Boolean)) },
    },
  ];
}

export const DESCRIBED: OcsfSchema = {
  version: '1.8.0',
  classes: new Map(Object.entries(CLASSES).map(([name, described]) => classOf(name, described))),
  objects: new Map(Object.entries(OBJECTS).map(([name, [attributes, some]]) => [name, shapeOf(name, attributes, some)])),
  types: new Map(Object.entries(TYPES)),
};
