// What can go wrong with a receiver over HTTP goes wrong with each of them: the batch has to be sent again, the message names the
// receiver and no secret, nothing follows a redirect, and once the fault is over the same batch is taken.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elasticOptions } from '../../src/config/sinks/elastic.ts';
import { otlpOptions } from '../../src/config/sinks/otlp.ts';
import { s3Options } from '../../src/config/sinks/s3.ts';
import { sentinelOptions } from '../../src/config/sinks/sentinel.ts';
import { splunkOptions } from '../../src/config/sinks/splunk.ts';
import { createElasticDestination } from '../../src/sinks/destinations/elastic.ts';
import { createOtlpDestination } from '../../src/sinks/destinations/otlp.ts';
import { createS3Destination } from '../../src/sinks/destinations/s3.ts';
import { createSentinelDestination } from '../../src/sinks/destinations/sentinel.ts';
import { createSplunkDestination } from '../../src/sinks/destinations/splunk.ts';
import { type Destination, SinkError } from '../../src/sinks/sink.ts';
import { type Authority, openAuthority } from './receivers/authority.ts';
import { startElasticReceiver } from './receivers/elastic-receiver.ts';
import { faultsOf, type HttpReceiver, startHttpReceiver } from './receivers/http-receiver.ts';
import { startOtlpReceiver } from './receivers/otlp-receiver.ts';
import { flows } from './receivers/outgoing.ts';
import { S3_KEYS, startS3Receiver } from './receivers/s3-receiver.ts';
import { SENTINEL, startSentinelReceiver } from './receivers/sentinel-receiver.ts';
import { startSplunkReceiver } from './receivers/splunk-receiver.ts';

type Tls = { cert: string; key: string };

const SECRET = 'S3RVER';
const API_KEY = 'c2VjcmV0OnMzcnZlci1zMw==';
const never = new AbortController().signal;
const dir = mkdtempSync(join(tmpdir(), 'daylight-faults-'));
/** How long a receiver may be slow, milliseconds. */
const timeout = 700;

/** Each sink: its receiver, and how it is opened towards it. */
const sinks: Record<string, { start: (tls: Tls) => Promise<HttpReceiver>; open: (url: string, ca: string) => Destination }> = {
  splunk: {
    start: (tls) => startSplunkReceiver({ token: SECRET, ack: true, tls }),
    open: (url, ca) => createSplunkDestination(splunkOptions.parse({ type: 'splunk', url, ca, token: SECRET, timeout })),
  },
  elastic: {
    start: (tls) => startElasticReceiver({ authorization: `ApiKey ${API_KEY}`, stream: 'logs-daylight-default', tls }),
    open: (url, ca) => createElasticDestination(elasticOptions.parse({ type: 'elastic', url, ca, apiKey: API_KEY, timeout })),
  },
  sentinel: {
    start: (tls) => startSentinelReceiver(tls),
    open: (url, ca) =>
      createSentinelDestination(
        sentinelOptions.parse({ type: 'sentinel', endpoint: url, authority: url, ...SENTINEL, ca, timeout }),
      ),
  },
  s3: {
    start: (tls) => startS3Receiver({ dir, bucket: 'archive', tls }),
    open: (url, ca) =>
      createS3Destination(s3Options.parse({ type: 's3', bucket: 'archive', endpoint: url, ...S3_KEYS, ca, timeout })),
  },
  otlp: {
    start: (tls) => startOtlpReceiver(SECRET, tls),
    open: (url, ca) =>
      createOtlpDestination(otlpOptions.parse({ type: 'otlp', url: `${url}/v1/logs`, ca, token: SECRET, timeout })),
  },
};

let authority: Authority;
let stranger: Authority;
let trap: HttpReceiver;

beforeAll(async () => {
  authority = await openAuthority(dir);
  stranger = await openAuthority(dir, 'stranger');
  trap = await startHttpReceiver((_request, response) => response.end('{}'));
});

afterAll(async () => {
  await trap.close();
  rmSync(dir, { recursive: true });
});

async function failureOf(destination: Destination): Promise<SinkError> {
  const error = await destination.send(flows(2, 'ecs'), never).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SinkError);
  return error as SinkError;
}

describe.each(Object.keys(sinks))('%s', (name) => {
  const sink = sinks[name];
  if (!sink) throw new Error(name);
  let receiver: HttpReceiver;
  let destination: Destination;

  beforeAll(async () => {
    receiver = await sink.start(await authority.certify('localhost'));
    destination = sink.open(receiver.url, authority.caFile);
  });

  afterAll(async () => {
    await destination.close();
    await receiver.close();
  });

  it.each(Object.keys(faultsOf('')))('holds the batch when the receiver %s', async (fault) => {
    receiver.fault = faultsOf(trap.url)[fault];
    const { message } = await failureOf(destination);
    expect(message).toContain(new URL(receiver.url).host);
    expect(message.length).toBeLessThan(500);
    for (const secret of [SECRET, API_KEY, SENTINEL.clientSecret]) expect(message).not.toContain(secret);
    expect(trap.requests).toEqual([]);
    receiver.fault = undefined;
    expect(await destination.send(flows(2, 'ecs'), never)).toEqual([]);
  });

  it('shows no secret that the receiver echoes', async () => {
    receiver.fault = ({ headers, body }, response) =>
      response.writeHead(418).end(`${headers.authorization} ${body}`.slice(0, 600));
    const { message } = await failureOf(destination);
    receiver.fault = undefined;
    expect(message).toContain('418');
    for (const secret of [`${SECRET} `, API_KEY, SENTINEL.clientSecret, encodeURIComponent(SENTINEL.clientSecret)])
      expect(message).not.toContain(secret);
  });

  it('sends nothing to a receiver whose authority or name is another', async () => {
    receiver.requests.length = 0;
    const byStranger = sink.open(receiver.url, stranger.caFile);
    expect((await failureOf(byStranger)).message).toMatch(/is not trusted \(\w+\); set ca to the PEM file/);
    const byAddress = sink.open(receiver.url.replace('localhost', '127.0.0.1'), authority.caFile);
    expect((await failureOf(byAddress)).message).toMatch(/is for other names/);
    expect(receiver.requests).toEqual([]);
    await byStranger.close();
    await byAddress.close();
  });

  it('goes on when the receiver closed the connection in between', async () => {
    for (let round = 0; round < 3; round++) {
      expect(await destination.send(flows(1, 'ecs'), never)).toEqual([]);
      receiver.closeIdle();
    }
  });

  it('stops at once when it is told to', async () => {
    receiver.fault = () => {};
    const stop = new AbortController();
    const sending = destination.send(flows(1, 'ecs'), stop.signal);
    stop.abort();
    await expect(sending).rejects.toThrow(/stopped/);
    receiver.fault = undefined;
  });

  it('says what to do when nothing listens', async () => {
    const lost = sink.open('http://127.0.0.1:1', authority.caFile);
    expect((await failureOf(lost)).message).toMatch(/nothing listens at http:\/\/127\.0\.0\.1:1/);
    await lost.close();
  });
});
