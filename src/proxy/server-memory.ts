// What earlier flows taught about servers: bounded, expiring, and shared by the workers through `publish`.

import type { LearnedServer } from '../engine/flow.ts';
import { learnedKey } from '../engine/learn.ts';
import type { ServerMemory } from './services.ts';

const CAPACITY = 20_000;
/** Milliseconds after which a server that proved nothing new is forgotten. */
const EXPIRES = 24 * 60 * 60_000;
/** A proof this much younger than the last one is worth telling again. */
const REFRESH = 60_000;

export interface SharedServerMemory extends ServerMemory {
  /** Takes what another worker learnt. */
  receive(servers: readonly LearnedServer[]): void;
}

/** @param publish tells the other workers */
export function createServerMemory(publish: (servers: readonly LearnedServer[]) => void): SharedServerMemory {
  const servers = new Map<string, LearnedServer>();

  function store(server: LearnedServer): boolean {
    const key = learnedKey(server.url);
    const known = servers.get(key);
    const merged: LearnedServer = known
      ? {
          ...server,
          serverName: server.serverName || known.serverName,
          serverVersion: server.serverVersion || known.serverVersion,
        }
      : server;
    const news =
      !known ||
      known.transport !== merged.transport ||
      known.serverName !== merged.serverName ||
      known.blocked !== merged.blocked ||
      merged.lastSeen - known.lastSeen > REFRESH;
    if (!news) return false;
    servers.delete(key);
    servers.set(key, merged);
    if (servers.size > CAPACITY) servers.delete(servers.keys().next().value!);
    return true;
  }

  return {
    lookup(url, now) {
      if (servers.size === 0) return undefined;
      const key = learnedKey(url);
      const server = servers.get(key);
      if (server && now - server.lastSeen > EXPIRES) {
        servers.delete(key);
        return undefined;
      }
      return server;
    },
    remember(found) {
      if (found.length === 0) return;
      const news = found.filter(store);
      if (news.length > 0) publish(news);
    },
    receive(found) {
      for (const server of found) store(server);
    },
  };
}
