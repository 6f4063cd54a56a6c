// Judges and reads one message of a stream, an SSE event or a WebSocket text message, and says what becomes of it: policy first,
// which cuts the stream; then DLP and hidden tools, which change or refuse this one message.

import type { Message } from '../engine/flow.ts';
import { mayOpenJson } from '../engine/signals/may-open-json.ts';
import { blockedError } from './enforce.ts';
import type { Inspection } from './inspection.ts';
import { type Refusal, refuseMessage } from './refuse-message.ts';

/** Messages of a stream that policy judges; a server that has said nothing telling by then is not going to. */
export const MESSAGES_JUDGED = 1000;

/** `pass`: as it came. `replace`: with another text. `refuse`: answers instead. `cut`: nothing more may pass. */
export type Passage = { kind: 'pass' | 'cut' } | { kind: 'replace'; text: string } | ({ kind: 'refuse' } & Refusal);

const PASS: Passage = Object.freeze({ kind: 'pass' });
const CUT: Passage = Object.freeze({ kind: 'cut' });

export interface MessageOptions {
  /** The whole message is here. */
  complete: boolean;
  /** Whom to ask for approval. */
  contact: string;
  /** It may matter to policy. */
  judged: boolean;
}

/** Judges a message that need not be read. @returns false if nothing more may pass */
export function messageMayPass(inspection: Inspection, message: Message): boolean {
  if (message.index < MESSAGES_JUDGED && !inspection.messageMayPass(message)) return false;
  inspection.calls?.message(message);
  return true;
}

/** @param done called in this turn for small messages */
export function readMessage(
  inspection: Inspection,
  message: Message,
  { complete, contact, judged }: MessageOptions,
  done: (passage: Passage) => void,
): void {
  const { direction, text, index } = message;
  if (judged && index < MESSAGES_JUDGED && !inspection.messageMayPass(message)) {
    done(CUT);
    return;
  }
  // What is not JSON is not read, as with bodies; the address that the old transport sends first is none.
  if (!inspection.covers(direction) || !mayOpenJson(text)) {
    inspection.calls?.message(message);
    done(PASS);
    return;
  }
  inspection.read({ direction, text, complete, where: `${direction}.message.${index}` }, ({ verdict, text: changed }) => {
    if (verdict.action !== 'block') {
      inspection.calls?.message(message);
      done(changed === undefined ? PASS : { kind: 'replace', text: changed });
      return;
    }
    inspection.calls?.refused(message);
    const error = blockedError(inspection.flow, verdict, contact);
    const refusal = refuseMessage(text, error);
    if (!complete && refusal.forward === undefined) refusal.forward = forOnlyRequest(inspection, error);
    done({ kind: 'refuse', ...refusal });
  });
}

/** The id of a message may stand behind what was read of it. If the stream answers one request, it is that one's. */
function forOnlyRequest({ verdict }: Inspection, error: ReturnType<typeof blockedError>): string | undefined {
  const ids = verdict.mcp.requests.map(({ id }) => id).filter((id) => id !== undefined && id !== null);
  return ids.length === 1 ? JSON.stringify({ jsonrpc: '2.0', id: ids[0], error }) : undefined;
}
