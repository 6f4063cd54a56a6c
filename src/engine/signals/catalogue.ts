// Every signal that Daylight can raise: what it means, how much it weighs, and where that is written.
//
// The first word of an id says what the signal speaks for: `mcp` a session with an MCP server, `discovery` the steps before
// one, `install` the fetch of a local server, `llm.hosted` and `llm.attached` a model API call that involves MCP servers,
// `not` a look-alike. Weights are combined in score.ts. Rules name signals by these ids; an id is never reused for another
// meaning.

/** `decisive` suffices alone, `strong` needs a second sign, `weak` only raises attention. */
export type Weight = 'decisive' | 'strong' | 'weak';

/** What a signal speaks for. */
export type SignalKind = 'mcp' | 'discovery' | 'install' | 'hosted' | 'attached' | 'not';

export interface SignalEntry {
  weight: Weight;
  meaning: string;
  /** Specification section, or the software whose behaviour was observed. */
  source: string;
}

const decisive = (meaning: string, source: string) => ({ weight: 'decisive', meaning, source }) as const;
const strong = (meaning: string, source: string) => ({ weight: 'strong', meaning, source }) as const;
const weak = (meaning: string, source: string) => ({ weight: 'weak', meaning, source }) as const;

export const SIGNALS = {
  // Headers of the request.
  'mcp.header.session-id': decisive(
    'The request carries Mcp-Session-Id.',
    'MCP 2025-03-26 to 2025-11-25, transports, session management',
  ),
  'mcp.header.protocol-version': decisive(
    'The request carries MCP-Protocol-Version with a date.',
    'MCP 2025-06-18 and later, transports, protocol version header',
  ),
  'mcp.header.method': decisive('The request carries Mcp-Method.', 'MCP 2026-07-28, transports, standard request headers'),
  'mcp.header.name': decisive('The request carries Mcp-Name.', 'MCP 2026-07-28, transports, standard request headers'),
  'mcp.header.param': decisive(
    'The request carries a tool argument mirrored as Mcp-Param-*.',
    'MCP 2026-07-28, tools, x-mcp-header',
  ),
  'mcp.header.malformed': strong(
    'MCP-Protocol-Version is present, but its value is no date.',
    'MCP 2025-06-18, transports, protocol version header',
  ),
  'mcp.preflight': decisive(
    'A browser asks by CORS preflight to send an MCP header.',
    'Fetch standard, CORS-preflight; MCP header names',
  ),
  'mcp.accept': weak(
    'A JSON-RPC POST accepts both application/json and text/event-stream.',
    'MCP 2025-03-26 and later, transports, sending messages',
  ),
  'mcp.client.user-agent': strong(
    'The User-Agent is one that only an MCP client library sends.',
    'User-Agent of Codex, OpenAI, Slack and other MCP clients',
  ),
  'mcp.client.agent': weak(
    'A JSON-RPC POST comes from an application known to contain an MCP client.',
    'User-Agent of Claude Code, AI SDK, opencode and others',
  ),

  // Header and body disagree, or something is bent to mislead an inspector.
  'mcp.mismatch.version': strong(
    'MCP-Protocol-Version differs from the version in the body.',
    'MCP 2026-07-28, error -32020 HeaderMismatch',
  ),
  'mcp.mismatch.method': strong('Mcp-Method differs from the method in the body.', 'MCP 2026-07-28, error -32020 HeaderMismatch'),
  'mcp.mismatch.name': strong(
    'Mcp-Name differs from the tool, prompt, resource or task in the body.',
    'MCP 2026-07-28, error -32020 HeaderMismatch',
  ),
  'mcp.evasion.duplicate-key': weak('A JSON-RPC message names the same member twice.', 'RFC 8259 section 4'),
  'mcp.evasion.escaped': weak(
    'Member names or the method of a JSON-RPC message are written with needless escapes.',
    'RFC 8259 section 7',
  ),
  'mcp.evasion.content-type': weak(
    'A JSON-RPC message travels under a content type that is not JSON.',
    'MCP 2025-03-26 and later, transports, sending messages',
  ),
  'mcp.opaque': weak('The body of a request to a place that looks like MCP cannot be read.', 'RFC 9110 section 8.4'),
  'mcp.envelope': strong('A member of a JSON POST holds an MCP message in base64.', 'relayed MCP messages'),

  // The JSON-RPC message of the request (POST body or WebSocket message).
  'mcp.body.initialize': decisive(
    'JSON-RPC initialize with a dated protocolVersion, capabilities and clientInfo.',
    'MCP 2024-11-05 to 2025-11-25, lifecycle',
  ),
  'mcp.body.meta': decisive(
    'A JSON-RPC message has _meta members under io.modelcontextprotocol/.',
    'MCP 2026-07-28, base protocol, _meta',
  ),
  'mcp.body.method': decisive('A JSON-RPC method of MCP with the parameters that MCP gives it.', 'MCP schema, all revisions'),
  'mcp.body.generic': strong(
    'A JSON-RPC method of MCP whose name and parameters another service could use as well.',
    'MCP schema, all revisions',
  ),
  'mcp.body.ping': weak('A bare JSON-RPC ping to a place that looks like MCP.', 'MCP 2024-11-05 to 2025-11-25, ping'),
  'mcp.body.result': strong(
    'The client posts the answer to a question that only MCP servers ask (roots, sampling, elicitation).',
    'MCP 2024-11-05 to 2025-11-25, client features',
  ),
  'mcp.body.unconfirmed': weak(
    'The request body is an MCP message, but the answer is not that of an MCP server.',
    'an MCP message stored as a document',
  ),

  // The answer.
  'mcp.response-header.session-id': decisive(
    'The server gives out Mcp-Session-Id.',
    'MCP 2025-03-26 to 2025-11-25, session management',
  ),
  'mcp.response-header.cors': strong('The server names MCP headers in its CORS headers.', 'CORS settings of MCP servers'),
  'mcp.response-header.challenge': strong(
    'A JSON-RPC POST is answered 401 with resource_metadata.',
    'MCP 2025-06-18 and later, authorization; RFC 9728 section 5.1',
  ),
  'mcp.answer.initialize': decisive(
    'JSON-RPC result with protocolVersion, capabilities and serverInfo.',
    'MCP 2024-11-05 to 2025-11-25, lifecycle',
  ),
  'mcp.answer.discover': decisive('JSON-RPC result with supportedVersions and capabilities.', 'MCP 2026-07-28, server/discover'),
  'mcp.answer.meta': decisive(
    'The answer has _meta members under io.modelcontextprotocol/.',
    'MCP 2026-07-28, base protocol, _meta',
  ),
  'mcp.answer.tools': decisive('JSON-RPC result with tools that each have an inputSchema.', 'MCP schema, ListToolsResult'),
  'mcp.answer.list': strong(
    'JSON-RPC result that lists resources, resource templates, prompts or contents the MCP way.',
    'MCP schema, list results',
  ),
  'mcp.answer.content': strong('JSON-RPC result with typed content, as from tools/call.', 'MCP schema, CallToolResult'),
  'mcp.answer.input-required': decisive(
    'JSON-RPC result that asks the client for input (resultType input_required).',
    'MCP 2026-07-28, multi round-trip requests',
  ),
  'mcp.answer.error': decisive(
    'JSON-RPC error with a code that only MCP defines (-32020 to -32022).',
    'MCP 2026-07-28, error codes',
  ),
  'mcp.answer.request': decisive(
    'The server sends a request or notification that only MCP servers send.',
    'MCP schema, ServerRequest and ServerNotification',
  ),
  'mcp.answer.generic': strong(
    'The server sends an MCP method whose shape another service could use as well.',
    'MCP schema, ServerRequest and ServerNotification',
  ),
  'mcp.answer.accepted': strong(
    'A JSON-RPC request of MCP is accepted with 202: its answer comes elsewhere.',
    'MCP 2024-11-05, transports, HTTP with SSE',
  ),
  'mcp.sse.endpoint': decisive(
    'The first named event of an event stream is `endpoint` with a bare URL.',
    'MCP 2024-11-05, transports, HTTP with SSE',
  ),
  'mcp.grpc': strong('A gRPC call goes to a package named mcp.', 'gRPC transports proposed for MCP (SEP-1352)'),
  'mcp.websocket.subprotocol': decisive('The WebSocket offers or accepts subprotocol mcp.', 'MCP SDK 1.x WebSocket client'),

  // Context.
  'mcp.learned': strong('This origin and path spoke MCP before.', 'memory of servers'),
  'mcp.learned.fits': strong(
    'The request is one that an MCP client makes to such a server: POST of JSON, GET of an event stream, or DELETE.',
    'MCP 2024-11-05 to 2025-11-25, transports',
  ),
  'mcp.path': weak('The path is one that MCP servers commonly use.', 'paths of public MCP servers'),
  'mcp.host': weak('A label of the host name is mcp.', 'hosts of public MCP servers'),
  'mcp.tunnel-host': weak(
    'A JSON-RPC POST goes to a host of a service that exposes local servers.',
    'ngrok, Cloudflare quick tunnels, Microsoft dev tunnels, Tailscale Funnel',
  ),
  'mcp.tunnel.vendor': decisive(
    'An MCP server inside the network is being offered to a model vendor through a tunnel.',
    'OpenAI tunnel-client, Anthropic MCP tunnels',
  ),

  // Steps before a session.
  'discovery.version-header': decisive(
    'OAuth metadata or tokens are asked for with MCP-Protocol-Version.',
    'MCP 2025-03-26 and later, authorization, metadata discovery',
  ),
  'discovery.preflight': decisive(
    'A browser asks by CORS preflight to send MCP-Protocol-Version to a metadata address.',
    'MCP 2025-03-26 and later, authorization, metadata discovery',
  ),
  'discovery.metadata-path': decisive(
    'OAuth metadata is asked for on behalf of a path ending in mcp (for one ending in sse: strong).',
    'RFC 9728 section 3.1, RFC 8414 section 3.1',
  ),
  'discovery.metadata-answer': decisive(
    'The OAuth metadata names a resource ending in mcp (for one ending in sse, or a scope of MCP: strong).',
    'RFC 9728 section 3.2',
  ),
  'discovery.resource': decisive(
    'A token is asked for a resource whose path ends in mcp (for one ending in sse: strong).',
    'MCP 2025-06-18 and later, authorization; RFC 8707',
  ),
  'discovery.scope': strong('A scope of MCP is asked for.', 'MCP 2025-11-25, authorization, scope selection'),
  'discovery.client': decisive(
    'A program that is nothing but an MCP client registers itself.',
    'RFC 7591; names and identifiers of mcp-remote, mcporter and others',
  ),
  'discovery.client-name': strong(
    'A client with the word MCP in its name, or the name of an application with an MCP client, registers itself.',
    'RFC 7591',
  ),
  'discovery.registry': decisive(
    'A registry of MCP servers is read, and its answer lists server packages or remotes.',
    'MCP registry API v0 and v0.1',
  ),
  'discovery.registry-path': strong('The path is that of the MCP registry API.', 'MCP registry API v0 and v0.1'),
  'discovery.server-card': decisive(
    'An MCP server card is asked for or delivered.',
    'SEP-2127, application/mcp-server-card+json',
  ),
  'discovery.well-known': weak(
    'A well-known address for MCP servers or AI catalogues is asked for.',
    '/.well-known/mcp.json, /.well-known/ai-catalog.json',
  ),

  // Local servers being fetched.
  'install.npm': decisive('An npm client fetches a package named as MCP servers are.', 'npm registry API'),
  'install.pypi': decisive('A Python installer fetches a project named as MCP servers are.', 'PEP 503, PEP 691'),
  'install.oci': decisive('A container client pulls an image named as MCP servers are.', 'OCI distribution specification'),
  'install.bundle': decisive('An MCP bundle (.mcpb, .dxt) is downloaded.', 'MCPB bundle format'),
  'install.sdk': weak('A package for building MCP software is fetched.', 'MCP SDK packages'),

  // Model APIs: the vendor calls the server.
  'llm.hosted.tool': decisive(
    'A model API is asked to call an MCP server (tool of type mcp or mcp_server).',
    'OpenAI Responses and Realtime, Groq, xAI, Gemini interactions',
  ),
  'llm.hosted.servers': decisive(
    'A model API is given a list of MCP servers (mcp_servers, mcpServers).',
    'Anthropic Messages and agents, Gemini generateContent',
  ),
  'llm.hosted.toolset': decisive('A model API is given a tool of type mcp_toolset.', 'Anthropic Messages 2025-11-20 and later'),
  'llm.hosted.connector': decisive('A connector to an MCP server is created or used at a model vendor.', 'Mistral connectors'),
  'llm.hosted.approval': decisive(
    'A call that a hosted MCP server asked for is approved.',
    'OpenAI Responses, mcp_approval_response',
  ),
  'llm.hosted.history': decisive(
    'The conversation sent to a model API holds calls of hosted MCP servers.',
    'OpenAI Responses, Anthropic Messages',
  ),
  'llm.hosted.answer': decisive(
    'A model API reports that it called or listed an MCP server.',
    'OpenAI mcp_call, Anthropic mcp_tool_use, Gemini mcp_server_tool_call',
  ),
  'llm.hosted.beta': weak('The request turns on the MCP client of a model API.', 'Anthropic beta header mcp-client-*'),

  // Model APIs: the client has servers attached.
  'llm.attached.tool': decisive(
    'A tool offered to the model is named mcp__server__tool or mcp_server_tool.',
    'Claude Code, Codex, Qwen Code, Gemini CLI',
  ),
  'llm.attached.list': decisive(
    'The list of deferred tools or servers in the prompt of an agent names MCP tools.',
    'Claude Code deferred tools, Qwen Code server list',
  ),
  'llm.attached.resources': decisive(
    'A tool offered to the model lists the resources of MCP servers.',
    'Codex, opencode, Claude Code',
  ),
  'llm.attached.read-resource': weak(
    'A tool offered to the model reads a resource of an MCP server.',
    'Qwen Code offers it without any server',
  ),
  'llm.attached.session': strong(
    'An editor hands MCP servers to an agent (mcpServers of session/new), or carries their messages (mcp/*).',
    'Agent Client Protocol, session setup',
  ),

  // Look-alikes.
  'not.a2a': strong('The message is one of Agent2Agent.', 'A2A 0.3 and 1.0'),
  'not.acp': strong('The message is one of the Agent Client Protocol.', 'ACP, initialization'),
  'not.lsp': strong('The message is one of the Language, Build or Debug Server Protocol.', 'LSP 3.17, BSP 2.1'),
  'not.answer': strong('The answer to a JSON-RPC request is not JSON-RPC.', 'JSON-RPC 2.0 section 5'),
  'not.content-type': strong('The body is declared to be a document of another application.', 'RFC 6838 vendor tree'),
} satisfies Record<string, SignalEntry>;

export type SignalId = keyof typeof SIGNALS;

/** Whether a string is the id of a signal. Rules are checked with it when they are loaded. */
export function isSignalId(id: string): id is SignalId {
  return Object.hasOwn(SIGNALS, id);
}

/** What a signal speaks for, by the first words of its id. */
export function kindOf(id: string): SignalKind {
  if (id.startsWith('mcp.')) return 'mcp';
  if (id.startsWith('llm.hosted.')) return 'hosted';
  if (id.startsWith('llm.attached.')) return 'attached';
  if (id.startsWith('discovery.')) return 'discovery';
  if (id.startsWith('install.')) return 'install';
  return 'not';
}
