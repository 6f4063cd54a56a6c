// The TLS handshake with a client, under a certificate of our own. Bounded in time; says what a failure probably means.

import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { DaylightError } from '../errors.ts';

export interface ClientHandshake {
  secureContext: SecureContext;
  /** Name the certificate is for, for messages. */
  servername: string;
  /** ALPN protocol to choose, '' if the client offered none. */
  protocol: string;
  timeoutMs: number;
}

/** @throws DaylightError ERR_CLIENT_TLS */
export function shakeHands(socket: Socket, options: ClientHandshake): Promise<TLSSocket> {
  const { secureContext, servername, protocol, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const inside = new TLSSocket(socket, {
      isServer: true,
      secureContext,
      ...(protocol === '' ? {} : { ALPNProtocols: [protocol] }),
    });
    const timer = setTimeout(() => fail(new Error(`not complete after ${timeoutMs} ms`)), timeoutMs);
    const onClose = (): void => fail(new Error('the client closed the connection in the middle of it'));
    function fail(error: Error): void {
      clearTimeout(timer);
      inside.destroy();
      const hint = /unknown_ca|unknown ca|certificate.unknown|bad.certificate|in the middle/i.test(error.message)
        ? ' Clients that do not trust the CA of this appliance, or that pin certificates, do that.'
        : '';
      reject(
        new DaylightError(
          'ERR_CLIENT_TLS',
          `The TLS handshake with the client for ${servername} failed: ${error.message}.${hint}`,
          { cause: error },
        ),
      );
    }
    inside.once('error', fail);
    inside.once('end', onClose);
    inside.once('close', onClose);
    inside.once('secure', () => {
      clearTimeout(timer);
      inside.off('error', fail);
      inside.off('end', onClose);
      inside.off('close', onClose);
      inside.on('error', () => {});
      resolve(inside);
    });
  });
}

/** Clients that verify only once the handshake is over (Node does) refuse a certificate by leaving without a word. @param place HOST:PORT */
export function leftAfterHandshake(place: string): DaylightError {
  return new DaylightError(
    'ERR_CLIENT_TLS',
    `The client closed the tunnel to ${place} right after the TLS handshake, without a request. Clients that do not trust the CA of this appliance, or that pin certificates, do that; so does one that gives up at that moment.`,
  );
}
