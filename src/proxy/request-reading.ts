// Reads a request that policy lets pass where DLP asks for it, and changes what is sent: the head, as long as it has not left, and
// the body together with it.

import type { Body } from '../engine/flow.ts';
import type { Verdict } from '../engine/verdict.ts';
import type { Inspection } from './inspection.ts';
import type { RequestSender } from './request-sender.ts';
import { rewrittenHead } from './rewritten-head.ts';
import type { ProxyRequest } from './stream.ts';

export interface RequestReading {
  inspection: Inspection;
  sender: RequestSender;
  request: ProxyRequest;
  /** Carries out a block that the content asks for. */
  block(verdict: Verdict): void;
}

/** Reads the head of a request whose body is none or cannot be JSON. @returns whether it may pass */
export function readHead({ inspection, sender, request, block }: RequestReading): boolean {
  if (sender.started || !inspection.covers('request')) return true;
  let passes = true;
  const content = { direction: 'request', text: '', complete: true, where: 'request', headers: request.headers } as const;
  inspection.read(content, ({ verdict, headers }) => {
    passes = verdict.action !== 'block';
    if (!passes) block(verdict);
    else if (headers) sender.rewrite(headers);
  });
  return passes;
}

/** Reads head and body. @param send lets the body out, as it came or with another content */
export function readBody(
  { inspection, sender, request, block }: RequestReading,
  { text, complete }: Body,
  send: (content?: Buffer) => void,
): void {
  if (!inspection.covers('request')) {
    send();
    return;
  }
  const content = { direction: 'request', text, complete, where: 'request.body', headers: request.headers } as const;
  inspection.read(content, ({ verdict, text: changed, headers = request.headers }) => {
    const isChanged = changed !== undefined || headers !== request.headers;
    // A head that has left, because its body began late or is of a kind that seldom is JSON, cannot be made to fit.
    if (verdict.action === 'block' || (isChanged && sender.started)) {
      block(verdict);
      return;
    }
    if (changed === undefined) {
      if (isChanged) sender.rewrite(headers);
      send();
      return;
    }
    const bytes = Buffer.from(changed);
    const length = request.body.kind === 'length' ? bytes.length : undefined;
    sender.rewrite(rewrittenHead(headers, length), { length });
    send(bytes);
  });
}
