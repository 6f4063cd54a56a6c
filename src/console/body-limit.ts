// How large the body of a request may be. Hono's own limit copies a request whose length is not announced with the Request of Node, which does
// not take the one that @hono/node-server makes.

import type { Context, MiddlewareHandler } from 'hono';

interface BodyLimit {
  /** Bytes. */
  maxSize: number;
  onError(context: Context): Response | Promise<Response>;
}

export function bodyLimit({ maxSize, onError }: BodyLimit): MiddlewareHandler {
  return async (context, next) => {
    const { req } = context;
    const announced = req.header('content-length');
    const isCertain = announced !== undefined && req.header('transfer-encoding') === undefined;
    if (isCertain || !req.raw.body) return Number(announced ?? 0) > maxSize ? onError(context) : next();
    const body = await readAtMost(req.raw.body, maxSize);
    if (!body) return onError(context);
    Object.assign(req.bodyCache, { arrayBuffer: Promise.resolve(body) });
    return next();
  };
}

/** undefined if there is more. */
async function readAtMost(stream: ReadableStream<Uint8Array>, maxSize: number): Promise<ArrayBuffer | undefined> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of stream) {
    size += piece.length;
    if (size > maxSize) return undefined;
    pieces.push(new Uint8Array(piece));
  }
  return await new Blob(pieces).arrayBuffer();
}
