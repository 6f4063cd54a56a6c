// The fields of ECS 9.3.0 that documents use, with their types, and what the schema allows in those with fixed words. Written down by hand;
// ecs.test.ts compares it with the published list where one is at hand.

const FIELDS: Readonly<Record<string, string>> = {
  date: '@timestamp event.start event.end',
  keyword:
    'ecs.version event.id event.kind event.module event.dataset event.category event.type event.action event.outcome event.reason ' +
    'observer.vendor observer.product observer.type observer.version observer.name organization.id network.transport network.direction ' +
    'network.protocol network.type source.address destination.address destination.domain http.request.id http.request.method ' +
    'http.response.mime_type http.version user.name user.email user.group.name url.scheme url.domain url.query user_agent.original ' +
    'device.id tls.version tls.version_protocol tls.next_protocol tls.client.server_name rule.id rule.category rule.ruleset ' +
    'error.code error.type gen_ai.tool.name gen_ai.operation.name gen_ai.system gen_ai.request.model gen_ai.response.model ' +
    'related.hosts related.user',
  match_only_text: 'message error.message',
  wildcard: 'url.full url.path',
  long:
    'event.severity event.duration network.bytes source.bytes source.port destination.bytes destination.port http.request.body.bytes ' +
    'http.response.body.bytes http.response.status_code url.port',
  integer: 'gen_ai.usage.input_tokens gen_ai.usage.output_tokens',
  ip: 'source.ip destination.ip related.ip',
  boolean: 'tls.established',
};

export const ECS_FIELDS: ReadonlyMap<string, string> = new Map(
  Object.entries(FIELDS).flatMap(([type, names]) => names.split(/\s+/).map((name) => [name, type] as const)),
);

/** Categories, and the types that go with each. */
export const TYPES_OF: Readonly<Record<string, string>> = {
  network: 'access allowed connection denied end info protocol start',
  web: 'access error info',
  api: 'access admin allowed change creation deletion denied end info start user',
  authentication: 'end info start',
  session: 'end info start',
  configuration: 'access change creation deletion info',
  intrusion_detection: 'allowed denied info',
};

export const WORDS: Readonly<Record<string, string>> = {
  'event.kind': 'alert asset enrichment event metric state pipeline_error signal',
  'event.outcome': 'failure success unknown',
};
