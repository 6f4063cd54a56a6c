// Finds the JSON-RPC 2.0 messages in an outline: the document itself or the elements of a batch.
//
// A member that is named twice gives one more message for each of its earlier values, so that it does not matter which of them the
// server takes.

import type { RpcRequest } from '../verdict.ts';
import { isList, isObject, type JsonOutline, memberOf, type Outline, type OutlineObject } from './outline.ts';

export interface RpcMessage {
  /** '' for a response. */
  method: string;
  /** undefined for a notification. */
  id: string | number | null | undefined;
  params: Outline | undefined;
  result: Outline | undefined;
  error: Outline | undefined;
}

export interface RpcBody {
  messages: readonly RpcMessage[];
  /** The same messages with earlier values of members that are named twice. */
  variants: readonly RpcMessage[];
  batch: boolean;
}

const MAX_VARIANTS = 8;

/**
 * The messages of a document; none if it is no JSON-RPC 2.0.
 *
 * @param cut the document may lack its end, where some servers write the version: a result without version counts then.
 */
export function rpcBody(outline: JsonOutline, cut = false): RpcBody {
  const { root } = outline;
  const messages: RpcMessage[] = [];
  const batch = isList(root);
  const objects = batch ? root : [root];
  for (const each of objects) {
    const message = messageOf(each, cut && !outline.complete && !outline.invalid);
    if (message !== undefined) messages.push(message);
  }
  if (outline.duplicates.length === 0) return { messages, variants: messages.slice(0, 0), batch };
  const variants: RpcMessage[] = [];
  for (const { path, key, value } of outline.duplicates.slice(0, MAX_VARIANTS)) {
    const inside = batch ? path.slice(1) : path;
    const owner = batch ? root[path[0] as number] : root;
    if (!isObject(owner) || inside.length > 1) continue;
    const variant = messageOf(
      inside.length === 0 ? { ...owner, [key]: value } : withMember(owner, String(inside[0]), key, value),
    );
    if (variant !== undefined) variants.push(variant);
  }
  return { messages, variants, batch };
}

function withMember(owner: OutlineObject, name: string, key: string, value: Outline): OutlineObject {
  const inner = memberOf(owner, name);
  return isObject(inner) ? { ...owner, [name]: { ...inner, [key]: value } } : owner;
}

function messageOf(value: Outline | undefined, cut = false): RpcMessage | undefined {
  if (!isObject(value)) return undefined;
  const version = memberOf(value, 'jsonrpc');
  if (version !== '2.0' && !(cut && version === undefined && isObject(memberOf(value, 'result')))) return undefined;
  const method = memberOf(value, 'method');
  const result = memberOf(value, 'result');
  const error = memberOf(value, 'error');
  if (typeof method !== 'string' && result === undefined && error === undefined) return undefined;
  const id = memberOf(value, 'id');
  return {
    method: typeof method === 'string' ? method : '',
    id: typeof id === 'string' || typeof id === 'number' || id === null ? id : undefined,
    params: memberOf(value, 'params'),
    result,
    error,
  };
}

/** The requests and notifications among messages, as policy and enforcement need them. */
export function requestsOf(body: RpcBody): RpcRequest[] {
  return body.messages.filter((message) => message.method !== '').map(({ id, method }) => ({ id, method }));
}
