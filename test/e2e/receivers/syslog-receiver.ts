// Syslog receivers in this process, strict about grammar: RFC 5424 for a message, RFC 6587 octet counting for a stream.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface SyslogMessage {
  facility: number;
  severity: number;
  time: string;
  host: string;
  app: string;
  msgid: string;
  structuredData: string;
  /** Without the byte order mark. */
  text: string;
  bom: boolean;
}

const PRINT = (length: number) => `[\\x21-\\x7e]{1,${length}}`;
const SD_NAME = '[\\x21\\x23-\\x3c\\x3e-\\x5c\\x5e-\\x7e]{1,32}';
const SD_ELEMENT = `\\[${SD_NAME}(?: ${SD_NAME}="(?:[^"\\\\\\]]|\\\\.)*")*\\]`;
const SYSLOG_MSG = new RegExp(
  `^<(\\d|[1-9]\\d|1[0-8]\\d|19[01])>1 (\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?(?:Z|[+-]\\d\\d:\\d\\d)) (${PRINT(255)}) (${PRINT(48)}) (${PRINT(128)}) (${PRINT(32)}) (-|(?:${SD_ELEMENT})+)(?: ([\\s\\S]*))?$`,
);

/** @throws Error for what is no syslog message */
export function readMessage(bytes: Buffer): SyslogMessage {
  const parts = SYSLOG_MSG.exec(bytes.toString('latin1'));
  if (!parts) throw new Error(`no RFC 5424 message: ${bytes.toString('utf8', 0, 300)}`);
  const [, priority = '', time = '', host = '', app = '', , msgid = '', structuredData = '', rest = ''] = parts;
  const body = Buffer.from(rest, 'latin1');
  const bom = body.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]));
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bom ? body.subarray(3) : body);
  if (!bom && body.some((byte) => byte > 0x7f)) throw new Error('text beyond ASCII without a byte order mark');
  return { facility: Number(priority) >> 3, severity: Number(priority) & 7, time, host, app, msgid, structuredData, text, bom };
}

export interface SyslogReceiver {
  port: number;
  messages: SyslogMessage[];
  /** What was no message. */
  errors: Error[];
  sockets: Set<Socket>;
  /** Connections are taken and not read. */
  deaf: boolean;
  /** Resolves when so many messages have come. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startSyslogStreamReceiver(tls?: TlsOptions, port = 0): Promise<SyslogReceiver> {
  const receiver = emptyReceiver();
  const listener = (socket: Socket): void => {
    receiver.sockets.add(socket);
    socket.on('close', () => receiver.sockets.delete(socket));
    socket.on('error', () => {});
    if (receiver.deaf) {
      socket.pause();
      return;
    }
    let pending: Buffer = Buffer.alloc(0);
    socket.on('data', (piece: Buffer) => {
      pending = Buffer.concat([pending, piece]);
      for (;;) {
        const head = /^([1-9]\d{0,9}) /.exec(pending.toString('latin1', 0, 11));
        if (!head) {
          if (pending.length > 11) receiver.errors.push(new Error('no octet count'));
          return;
        }
        const start = head[0].length;
        const end = start + Number(head[1]);
        if (pending.length < end) return;
        take(receiver, pending.subarray(start, end));
        pending = pending.subarray(end);
      }
    });
  };
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.on('tlsClientError', () => {});
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  receiver.port = (server.address() as AddressInfo).port;
  receiver.close = async () => {
    for (const socket of receiver.sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return receiver;
}

export async function startSyslogDatagramReceiver(): Promise<SyslogReceiver> {
  const receiver = emptyReceiver();
  const socket = createSocket('udp4');
  socket.on('message', (bytes) => take(receiver, bytes));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  receiver.port = socket.address().port;
  receiver.close = async () => {
    socket.close();
    await once(socket, 'close');
  };
  return receiver;
}

function emptyReceiver(): SyslogReceiver & { waiting: { count: number; resolve: () => void }[] } {
  const waiting: { count: number; resolve: () => void }[] = [];
  return {
    port: 0,
    messages: [],
    errors: [],
    sockets: new Set(),
    deaf: false,
    waiting,
    received(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ count, resolve });
      if (this.messages.length >= count) resolve();
      return promise;
    },
    close: async () => {},
  };
}

function take(receiver: ReturnType<typeof emptyReceiver>, bytes: Buffer): void {
  try {
    receiver.messages.push(readMessage(bytes));
  } catch (error) {
    receiver.errors.push(error as Error);
  }
  for (const { count, resolve } of receiver.waiting) if (receiver.messages.length >= count) resolve();
}
