// The two directions of a WebSocket once the handshake is done. As a rule bytes are forwarded as they came, as soon as the messages
// that end in them have been judged, so that the last bytes of a message that is blocked never leave; where messages may have to be
// read (DLP, hidden tools), message by message (websocket-relay.ts).

import type { Duplex } from 'node:stream';
import { Brake } from './brake.ts';
import type { Inspection } from './inspection.ts';
import { messageMayPass, readMessage } from './message-reading.ts';
import type { ProxyServices } from './services.ts';
import { FrameReader } from './websocket-frames.ts';
import { WebSocketRelay } from './websocket-relay.ts';

export interface WebSocketJoinOptions {
  services: ProxyServices;
  inspection: Inspection;
  client: Duplex;
  server: Duplex;
  /** Policy forbids a message: both sides are to be closed. */
  block(): void;
  /** A side does not speak the protocol. */
  fail(error: Error): void;
}

type Side = 'client' | 'server';

/** How the bytes of one side pass. */
interface Direction {
  /** @throws DaylightError ERR_HTTP_SYNTAX on what is not a frame */
  push(chunk: Buffer): void;
  /** @param then called when all that came has passed */
  end(then: () => void): void;
}

export class WebSocketJoin {
  #options: WebSocketJoinOptions;
  #directions: Record<Side, Direction>;
  #relays: Record<Side, WebSocketRelay> | undefined;
  #closed = false;

  constructor(options: WebSocketJoinOptions) {
    this.#options = options;
    const { inspection } = options;
    if (inspection.mayCover('request') || inspection.mayCover('response')) {
      this.#relays = { client: this.#relay('client'), server: this.#relay('server') };
    }
    this.#directions = this.#relays ?? { client: this.#judged('client'), server: this.#judged('server') };
  }

  /** Begins. @param early what each side has said before */
  start(early: Record<Side, readonly Buffer[]>): void {
    this.#pass('server', early.server);
    this.#pass('client', early.client);
  }

  /** Calls back when all that the client has said has passed. */
  drain(then: () => void): void {
    this.#directions.client.end(then);
  }

  close(): void {
    this.#closed = true;
    this.#relays?.client.close();
    this.#relays?.server.close();
  }

  #pass(side: Side, early: readonly Buffer[]): void {
    const { inspection, fail } = this.#options;
    const { from, to } = this.#ends(side);
    const direction = this.#directions[side];
    const push = (chunk: Buffer): void => {
      if (this.#closed) return;
      if (side === 'client') inspection.up += chunk.length;
      else inspection.down += chunk.length;
      try {
        direction.push(chunk);
      } catch (error) {
        fail(error as Error);
      }
    };
    from.on('data', push);
    from.on('end', () => direction.end(() => to.end()));
    // What is still on its way out goes out first.
    from.on('close', () => direction.end(() => to.end(() => to.destroy())));
    from.on('error', () => {});
    for (const chunk of early) push(chunk);
    from.resume();
  }

  #ends(side: Side): { from: Duplex; to: Duplex } {
    const { client, server } = this.#options;
    return side === 'client' ? { from: client, to: server } : { from: server, to: client };
  }

  #judged(side: Side): Direction {
    const { services, inspection, block } = this.#options;
    const { from, to } = this.#ends(side);
    const direction = side === 'client' ? 'request' : 'response';
    let index = 0;
    const reader = new FrameReader(side, services.config.proxy.inspect.prefix, ({ text }) => {
      if (this.#closed) return;
      if (!messageMayPass(inspection, { direction, via: 'websocket', event: '', text, index: index++ })) block();
    });
    to.on('drain', () => from.resume());
    return {
      push: (chunk) => {
        reader.push(chunk);
        if (!this.#closed && !to.write(chunk)) from.pause();
      },
      end: (then) => then(),
    };
  }

  #relay(side: Side): WebSocketRelay {
    const { services, inspection, block } = this.#options;
    const { from, to } = this.#ends(side);
    const { contact, proxy } = services.config;
    const direction = side === 'client' ? 'request' : 'response';
    const brake = new Brake((stop) => (stop ? from.pause() : from.resume()));
    to.on('drain', () => brake.release('receiver'));
    return new WebSocketRelay({
      from: side,
      limit: proxy.inspect.dlp,
      read: ({ text, index, complete }, done) =>
        readMessage(
          inspection,
          { direction, via: 'websocket', event: '', text, index },
          { complete, contact, judged: true },
          (passage) => {
            if (passage.kind === 'cut') block();
            else done(passage);
          },
        ),
      forward: (bytes) => {
        if (!this.#closed && !to.write(bytes)) brake.press('receiver');
      },
      answer: (text) => this.#relays?.[side === 'client' ? 'server' : 'client'].inject(text),
      pace: (stop) => brake.set('inspection', stop),
    });
  }
}
