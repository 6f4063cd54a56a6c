// Syslog: RFC 5424 messages over TLS (RFC 5425), TCP (RFC 6587) or UDP (RFC 5426).
//
// What is acknowledged: over TLS and TCP what syslog-stream.ts says; over UDP nothing, a datagram counts as delivered once it is sent.

import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { SyslogOptions } from '../../config/sinks/syslog.ts';
import { daylightVersion } from '../../version.ts';
import { type Destination, type Rejected, SinkError } from '../sink.ts';
import { describeConnectionError, readTlsFiles } from './connection-error.ts';
import { createSyslogWriter } from './syslog-message.ts';
import { createSyslogStream } from './syslog-stream.ts';

/** Ports that IANA gave to each transport. */
const PORTS = { tls: 6514, tcp: 601, udp: 514 } as const;

interface Sender {
  write(messages: readonly Buffer[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** @throws DaylightError ERR_CONFIG_INVALID if a file that the options name cannot be used */
export function createSyslogDestination(options: SyslogOptions): Destination {
  const writer = createSyslogWriter(options, daylightVersion());
  const sender = createSender(options);
  return {
    async send(batch, signal) {
      const rejected: Rejected[] = [];
      const messages: Buffer[] = [];
      for (const [index, outgoing] of batch.entries()) {
        const written = writer.write(outgoing);
        if ('message' in written) messages.push(written.message);
        else
          rejected.push({
            index,
            reason: `the message has ${written.tooLong} bytes and maxBytes is ${options.maxBytes}; JSON is not cut`,
          });
      }
      if (messages.length > 0) await sender.write(messages, signal);
      return rejected;
    },
    close: () => sender.close(),
  };
}

function createSender(options: SyslogOptions): Sender {
  const { host, transport, serverName, timeout } = options;
  const port = options.port ?? PORTS[transport];
  if (transport === 'udp') return createDatagramSender(host, port);
  return createSyslogStream({ host, port, serverName, timeout, tls: transport === 'tls' ? readTlsFiles(options) : undefined });
}

function createDatagramSender(host: string, port: number): Sender {
  const to = `${host}:${port}`;
  let socket: Socket | undefined;

  async function open(): Promise<Socket> {
    const { address, family } = isIP(host) ? { address: host, family: isIP(host) } : await lookup(host);
    const made = createSocket(family === 6 ? 'udp6' : 'udp4');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // A receiver that is not there shows itself by ICMP, on a later datagram.
    made.on('error', reject);
    // Connected, so that such an answer reaches this socket.
    made.connect(port, address, resolve);
    await promise;
    return made;
  }

  return {
    async write(messages, signal) {
      try {
        socket ??= await open();
        for (const message of messages) {
          if (signal.aborted) throw new SinkError(`sending to ${to} was stopped`);
          await sendDatagram(socket, message);
        }
      } catch (error) {
        socket?.close();
        socket = undefined;
        throw error instanceof SinkError ? error : new SinkError(describeConnectionError(error, to), { cause: error });
      }
    },
    async close() {
      socket?.close();
    },
  };
}

function sendDatagram(socket: Socket, message: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.send(message, (error) => (error ? reject(error) : resolve()));
  return promise;
}
