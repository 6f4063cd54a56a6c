// What becomes of one message of a stream that is blocked. JSON-RPC knows an answer only to a request, so: a response is replaced
// by an error with its id; a request does not arrive, and its sender gets the error; a notification is dropped. Of a batch, each.

import { rpcBody } from '../engine/signals/json-rpc.ts';
import { outlineOf } from '../engine/signals/json-scanner.ts';

/** Member `error` of a JSON-RPC response. */
export interface RpcError {
  code: number;
  message: string;
  data: unknown;
}

export interface Refusal {
  /** JSON for the receiver in place of the message; undefined: the receiver gets nothing. */
  forward: string | undefined;
  /** JSON for the sender; undefined if it awaits no answer. */
  back: string | undefined;
}

/** @param text the message, or the first part of it: what cannot be read is dropped */
export function refuseMessage(text: string, error: RpcError): Refusal {
  const { messages, batch } = rpcBody(outlineOf(text), true);
  const forward: object[] = [];
  const back: object[] = [];
  for (const { id, method } of messages) {
    if (id === undefined || id === null) continue;
    (method === '' ? forward : back).push({ jsonrpc: '2.0', id, error });
  }
  const written = (answers: object[]): string | undefined =>
    answers.length === 0 ? undefined : JSON.stringify(batch ? answers : answers[0]);
  return { forward: written(forward), back: written(back) };
}
