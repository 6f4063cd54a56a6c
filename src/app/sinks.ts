// The part of the composition root behind the sinks: who sends (this appliance), to where it may, and whom trouble is told.

import { hostname } from 'node:os';
import type { SinkConfig } from '../config/sinks.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { createAddressGuard } from '../proxy/guard.ts';
import { createParentProxy } from '../proxy/parent-proxy.ts';
import { uuidv7 } from '../proxy/uuid.ts';
import { openDestination } from '../sinks/destination.ts';
import type { FormatOrigin } from '../sinks/formats/origin.ts';
import { openSinks, type Sinks } from '../sinks/open-sinks.ts';
import type { Destination } from '../sinks/sink.ts';
import { daylightVersion } from '../version.ts';

export interface SinkParts {
  origin: FormatOrigin;
  destination(sink: SinkConfig): Promise<Destination>;
  newId(now: number): string;
}

/** What sinks are made of, in the appliance and on the command line. */
export function sinkParts(config: Config): SinkParts {
  const strict = createAddressGuard({ allowPrivate: [] });
  // Services that hand out credentials have to be named one by one, which nobody does here.
  const open = createAddressGuard({ allowPrivate: ['0.0.0.0/0', '::/0'] });
  return {
    origin: { sensor: config.sensor || hostname(), version: daylightVersion(), tenant: config.tenant },
    destination: (sink) =>
      openDestination(sink, {
        refusal(address, allowPrivate) {
          const verdict = (allowPrivate ? open : strict).check(address);
          return verdict.allowed ? undefined : verdict.reason;
        },
        openTunnel(proxy, timeout) {
          const parent = createParentProxy(proxy, { timeout, instance: 'sink', key: `proxy of sink ${sink.name}` });
          return (to) => (parent.covers(to.host) ? parent.tunnel(to) : undefined);
        },
      }),
    newId: uuidv7,
  };
}

export interface AppSinks extends Pick<Sinks, 'health' | 'test' | 'resend'> {
  /** Opens them all. @returns who reads the spool for them @throws the disk's error if their folders cannot be used */
  open(): Promise<Sinks['readers']>;
  close(): Promise<void>;
}

/** The sinks of the appliance, of which there are none before they are opened. */
export function openAppSinks(config: Config, log: Log): AppSinks {
  let sinks: Sinks | undefined;
  return {
    async open() {
      sinks = await openSinks(config.sinks, {
        ...sinkParts(config),
        data: config.data,
        onTrouble: (sink, message, cause) => log.warn({ sink, err: cause }, `sink ${sink}: ${message}`),
      });
      return sinks.readers;
    },
    health: () => sinks?.health() ?? [],
    test: async (name, actor) => sinks?.test(name, actor),
    resend: async (name) => sinks?.resend(name),
    close: async () => sinks?.close(),
  };
}
