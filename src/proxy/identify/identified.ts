// What asking "who made this request?" comes to: a principal, and a refusal where the request must not pass.

import type { Principal } from '../../engine/flow.ts';

/** Why a request is not served. */
export interface IdentityRefusal {
  /** 407 where the client can help itself with a token; 403 where it cannot. */
  status: 407 | 403;
  /** One sentence for whoever reads the answer. Holds nothing secret. */
  reason: string;
  /** Milliseconds to wait before answering: guessing shall be slow. */
  delayMs: number;
  /** Whether to tell log and events. One in a minute and network is enough. */
  tell: boolean;
}

export interface Identified {
  /** The user is '' if nobody is known. */
  principal: Principal;
  refusal?: IdentityRefusal | undefined;
  /** False once the token that this rests on was revoked or has expired; absent where nothing can lapse. */
  stands?: (() => boolean) | undefined;
}
