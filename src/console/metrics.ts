// /metrics: the figures of the appliance for Prometheus, for whoever has the token of scrapers.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';

export interface MetricsDoor {
  /** The text format of Prometheus. */
  read(): Promise<{ contentType: string; text: string }>;
  /** What scrapers must send; undefined where nobody has to. @throws Error if it cannot be read at the moment */
  token: (() => string) | undefined;
}

const OFF = 'Metrics are off. Set metrics.token or metrics.tokenFile, and give it to Prometheus; see docs/howto/monitor.md.\n';
const REFUSED = 'Send the token of metrics.token as "Authorization: Bearer TOKEN".\n';

export async function answerMetrics(context: Context, door: MetricsDoor | undefined): Promise<Response> {
  if (!door) return context.text(OFF, 404);
  if (!mayRead(context.req.header('authorization'), door.token)) {
    context.header('www-authenticate', 'Bearer');
    return context.text(REFUSED, 401);
  }
  const { contentType, text } = await door.read();
  return context.body(text, 200, { 'content-type': contentType });
}

function mayRead(authorization: string | undefined, token: MetricsDoor['token']): boolean {
  if (!token) return true;
  const [, sent] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (sent === undefined) return false;
  try {
    // Hashes are of one length, whatever was sent.
    return timingSafeEqual(digest(sent), digest(token()));
  } catch {
    return false;
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
