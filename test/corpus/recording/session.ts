// One recording: a server on a free port, the recording point before it, a client that talks to it, and the HAR that comes of it.

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Heard, toHar } from './entry.ts';
import type { Label } from './label.ts';
import { startRecordingPoint } from './recording-point.ts';

export interface Recording {
  /** Path of the file below test/corpus, without ending. */
  name: string;
  /** Invented origin that stands for the server. */
  origin: string;
  listener: RequestListener;
  /** Called with the server before it listens, e.g. to add WebSockets. */
  prepare?: (server: Server) => void;
  /** Talks to the server at `http://127.0.0.1:PORT`. */
  talk: (origin: string) => Promise<unknown>;
  label: (heard: Heard, at: number) => Label;
}

/** Records one session. @throws what client or server threw */
export async function record({ origin, listener, prepare, talk, label }: Recording): Promise<object> {
  const server = createServer(listener);
  prepare?.(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const point = await startRecordingPoint(port);
  try {
    await talk(point.origin);
    // What the client leaves open (the stream of an abandoned session) ends with the recording.
    await Promise.race([point.idle(), new Promise((resolve) => setTimeout(resolve, 300))]);
  } finally {
    await point.close();
    server.closeAllConnections();
    server.close();
  }
  return toHar(point.heard, { origin, ports: [port, Number(new URL(point.origin).port)], label });
}
