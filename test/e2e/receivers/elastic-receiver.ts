// The bulk endpoint of Elasticsearch with one data stream, as its reference describes it ("Bulk API", "Use a data stream", "Common
// options: response filtering").

import { answerJson, type HttpReceiver, startHttpReceiver } from './http-receiver.ts';

export interface ElasticReceiver extends HttpReceiver {
  /** By id. */
  documents: Map<string, Record<string, unknown>>;
  /** Statuses that the next items get, by id; each counts once. */
  trouble: Map<string, { status: number; type: string; reason: string; always?: boolean }>;
}

export async function startElasticReceiver(options: {
  authorization: string;
  stream: string;
  tls?: { cert: string; key: string };
}): Promise<ElasticReceiver> {
  function create(action: string, source: string): { status: number; error?: { type: string; reason: string } } {
    const { create: meta } = JSON.parse(action) as { create?: { _id?: string; _index?: string } };
    if (!meta)
      return {
        status: 400,
        error: {
          type: 'illegal_argument_exception',
          reason: 'only write ops with an op_type of create are allowed in data streams',
        },
      };
    const id = meta._id ?? '';
    const trouble = receiver.trouble.get(id);
    if (trouble) {
      if (!trouble.always) receiver.trouble.delete(id);
      return { status: trouble.status, error: { type: trouble.type, reason: trouble.reason } };
    }
    if (Buffer.byteLength(id) > 512)
      return {
        status: 400,
        error: { type: 'action_request_validation_exception', reason: 'id is too long, must be no longer than 512 bytes' },
      };
    const document = JSON.parse(source) as Record<string, unknown>;
    if (typeof document['@timestamp'] !== 'string')
      return {
        status: 400,
        error: { type: 'document_parsing_exception', reason: 'data stream timestamp field [@timestamp] is missing' },
      };
    if (receiver.documents.has(id))
      return {
        status: 409,
        error: {
          type: 'version_conflict_engine_exception',
          reason: `[${id}]: version conflict, document already exists (current version [1])`,
        },
      };
    receiver.documents.set(id, document);
    return { status: 201 };
  }

  const base = await startHttpReceiver((request, response) => {
    const refuse = (status: number, type: string, reason: string): void =>
      answerJson(response, status, { error: { type, reason }, status });
    if (request.headers.authorization !== options.authorization)
      return refuse(
        401,
        'security_exception',
        `unable to authenticate with provided credentials [${request.headers.authorization}]`,
      );
    const url = new URL(request.path, 'http://elastic');
    if (request.method !== 'POST' || url.pathname !== `/${options.stream}/_bulk`)
      return refuse(404, 'index_not_found_exception', 'no such index');
    if (request.headers['content-type'] !== 'application/x-ndjson')
      return refuse(406, 'media_type_header_exception', 'Invalid media-type');
    const text = request.body.toString();
    if (!text.endsWith('\n'))
      return refuse(400, 'illegal_argument_exception', 'The bulk request must be terminated by a newline [\\n]');
    const lines = text.slice(0, -1).split('\n');
    const items = [];
    for (let at = 0; at < lines.length; at += 2) {
      const { status, error } = create(lines[at] ?? '', lines[at + 1] ?? '');
      items.push({ create: { status, ...(error ? { error: { ...error, index_uuid: 'x', shard: '0' } } : {}) } });
    }
    const errors = items.some(({ create: { status } }) => status >= 300);
    answerJson(response, 200, url.searchParams.has('filter_path') ? { errors, items } : { took: 1, errors, items });
  }, options.tls);
  const receiver: ElasticReceiver = Object.assign(base, { documents: new Map(), trouble: new Map() });
  return receiver;
}
