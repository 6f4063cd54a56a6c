// Which parts of a JSON document matter to a verdict, and the shape in which the scanner keeps them.
//
// A `Keep` is a tree of member names. What is named is kept, what is not is only counted, so that the memory a document takes
// does not depend on its length: JSON-RPC members at the top (or in a batch), the shallow members of `params` and `result` that
// tell MCP from its look-alikes, the tools and servers of model API calls, and the few members of OAuth and registry documents.

/** A value of a document as far as it was kept. A container that is not looked into is empty. */
export type Outline = string | number | boolean | null | readonly Outline[] | OutlineObject;

export interface OutlineObject {
  readonly [member: string]: Outline;
}

/** An earlier value of a member that is named more than once (the last one wins in most parsers). */
export interface Duplicate {
  /** Members and positions that lead to the object. */
  path: readonly (string | number)[];
  key: string;
  value: Outline;
}

export interface JsonOutline {
  /** undefined until the document has begun. */
  root: Outline | undefined;
  duplicates: readonly Duplicate[];
  /** A kept member name was written with escapes. */
  escapedKeys: boolean;
  /** The document has ended, and nothing but white space followed. */
  complete: boolean;
  /** What was read is not JSON. */
  invalid: boolean;
  /** Something that is named in the tree was left out because there was too much of it. */
  truncated: boolean;
}

export interface Keep {
  members?: ReadonlyMap<string, Keep>;
  /** Members whose names begin so are kept as well. */
  prefix?: { text: string; keep: Keep };
  elements?: Keep;
  /** Elements kept of an array. */
  limit?: number;
  /** Beyond the limit, keep elements whose member of this name has a value not seen before, up to twice the limit. */
  novel?: string;
  /** Elements of this array are kept from the reserve when the rest of the document has used up its share. */
  reserve?: boolean;
  /** Do not keep the value if it is a scalar. */
  containersOnly?: boolean;
}

/** Counts the members of an object that were not kept. */
export const OTHERS = '*';

const LEAF: Keep = {};

function keep(members: Record<string, Keep>, more: Omit<Keep, 'members'> = {}): Keep {
  return { members: new Map(Object.entries(members)), ...more };
}

function leaves(...names: string[]): Record<string, Keep> {
  return Object.fromEntries(names.map((name) => [name, LEAF]));
}

function list(members: Record<string, Keep>, limit: number): Keep {
  return { elements: keep(members), limit, containersOnly: true };
}

const INFO = keep(leaves('name', 'version'));
const META = keep(leaves('progressToken'), { prefix: { text: 'io.modelcontextprotocol/', keep: INFO } });

const PARAMS = keep(
  {
    ...leaves(
      'protocolVersion',
      'clientCapabilities',
      'name',
      'arguments',
      'cursor',
      'uri',
      'level',
      'data',
      'logger',
      'messages',
    ),
    ...leaves('maxTokens', 'requestedSchema', 'mode', 'url', 'elicitationId', 'taskId', 'id', 'requestId', 'reason', 'status'),
    ...leaves('progressToken', 'progress', 'total', 'notifications', 'inputResponses', 'requestState', 'task', 'processId'),
    ...leaves('rootUri', 'rootPath', 'workspaceFolders', 'sessionId', 'prompt', 'cwd', 'modelPreferences'),
    message: keep(leaves('parts', 'messageId', 'kind')),
    capabilities: keep(leaves('textDocument'), { prefix: { text: 'io.modelcontextprotocol/', keep: LEAF } }),
    clientInfo: INFO,
    ref: keep(leaves('type', 'name', 'uri')),
    argument: keep(leaves('name', 'value')),
    mcpServers: list(leaves('name', 'url', 'command', 'type'), 32),
    _meta: META,
  },
  { elements: LEAF, limit: 4 },
);

const RESULT = keep(
  {
    ...leaves('protocolVersion', 'capabilities', 'instructions', 'structuredContent', 'isError', 'completion', 'role', 'model'),
    ...leaves('action', 'resultType', 'inputRequests', 'requestState', 'nextCursor', 'ttlMs', 'taskId', 'kind', 'contextId'),
    ...leaves('agentCapabilities', 'agentInfo', 'status', 'cacheScope'),
    serverInfo: INFO,
    supportedVersions: { elements: LEAF, limit: 16 },
    tools: list(leaves('name', 'inputSchema'), 64),
    resources: list(leaves('uri', 'name'), 16),
    resourceTemplates: list(leaves('uriTemplate', 'name'), 16),
    prompts: list(leaves('name', 'arguments', 'description'), 16),
    contents: list(leaves('uri', 'text', 'blob'), 16),
    content: list(leaves('type'), 16),
    messages: list(leaves('role', 'content'), 16),
    roots: list(leaves('uri'), 16),
    task: keep(leaves('taskId', 'status')),
    _meta: META,
  },
  { elements: LEAF, limit: 2 },
);

const MESSAGE: Record<string, Keep> = {
  ...leaves('jsonrpc', 'id', 'method', 'seq', 'command'),
  params: PARAMS,
  result: RESULT,
  error: keep({ ...leaves('code', 'message'), data: keep(leaves('supported', 'requested')) }),
};

const NAMED = keep({ name: LEAF, function: keep(leaves('name')) });
const TRANSPORT = keep(leaves('url'));

const TOOL_MEMBERS: Record<string, Keep> = {
  ...leaves('type', 'name', 'server_label', 'server_url', 'connector_id', 'tunnel_id', 'url', 'mcp_server_name'),
  function: keep(leaves('name')),
  functionDeclarations: list(leaves('name'), 256),
  function_declarations: list(leaves('name'), 256),
  tools: { elements: NAMED, limit: 256, containersOnly: true },
  mcpServers: list({ ...leaves('name', 'url'), streamableHttpTransport: TRANSPORT, streamable_http_transport: TRANSPORT }, 32),
  mcp_servers: list({ ...leaves('name', 'url'), streamableHttpTransport: TRANSPORT, streamable_http_transport: TRANSPORT }, 32),
};
const TOOLS: Keep = { ...list(TOOL_MEMBERS, 512), reserve: true };
const SERVERS: Keep = { ...list(leaves('type', 'url', 'name'), 64), reserve: true };

const ITEM = leaves('type', 'server_label', 'server_name', 'server_url', 'mcp_server_name', 'name');
const ITEMS = list({ ...ITEM, content: list(ITEM, 16) }, 256);

const MODEL_API: Record<string, Keep> = {
  ...leaves('type', 'model', 'connector_id', 'url', 'server_url', 'name', 'contents'),
  auth: keep(leaves('type', 'mcp_server_url')),
  server: keep(leaves('name', 'packages', 'remotes')),
  tools: TOOLS,
  mcp_servers: SERVERS,
  input: ITEMS,
  messages: ITEMS,
  output: ITEMS,
  outputs: ITEMS,
  steps: ITEMS,
  content: list(ITEM, 128),
  session: keep({ tools: TOOLS }),
  response: keep({ tools: TOOLS, output: ITEMS }),
  agent: keep({ tools: TOOLS, mcp_servers: SERVERS }),
  item: keep(ITEM),
  step: keep(ITEM),
  content_block: keep(ITEM),
  request: keep({ tools: TOOLS }),
  config: keep({ tools: TOOLS }),
};

const OAUTH: Record<string, Keep> = {
  ...leaves('client_name', 'client_uri', 'software_id', 'scope', 'redirect_uris', 'grant_types', 'resource', 'issuer'),
  authorization_servers: LEAF,
  scopes_supported: { elements: LEAF, limit: 32 },
};

const REGISTRY: Record<string, Keep> = {
  servers: list({ ...leaves('name', 'packages', 'remotes'), server: keep(leaves('name', 'packages', 'remotes')) }, 4),
};

/** What is kept of any document. */
export const KEEP: Keep = keep(
  { ...MODEL_API, ...OAUTH, ...REGISTRY, ...MESSAGE },
  { elements: keep(MESSAGE), limit: 128, novel: 'method' },
);

export function isObject(value: Outline | undefined): value is OutlineObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Outline | undefined): value is readonly Outline[] {
  return Array.isArray(value);
}

/** The member of an object, undefined if the value is no object or has no such member. */
export function memberOf(value: Outline | undefined, name: string): Outline | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** A string member, '' if it is missing or no string. */
export function textOf(value: Outline | undefined, name: string): string {
  const member = memberOf(value, name);
  return typeof member === 'string' ? member : '';
}
