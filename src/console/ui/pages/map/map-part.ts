// Which part of the map is shown: what is connected to one node, and of that the busiest.

import type { MapData } from '../../../api/shapes.ts';

type Link = MapData['links'][number];

/** Tools of a server that are shown: the others would hide the rest. */
const TOOLS_EACH = 5;

/** What lies on a way through a node; everything when there is none of this id or `''`. */
export function around(data: MapData, id: string): MapData {
  if (id === '') return data;
  const links = data.links.filter(({ source, target }) => source === id || target === id);
  const kind = data.nodes.find((node) => node.id === id)?.kind;
  // From a user on to the tools of their servers; from a tool back to the users of its server.
  const more =
    kind === 'user'
      ? data.links.filter((link) => link.target.startsWith('tool:') && links.some(({ target }) => target === link.source))
      : kind === 'tool'
        ? data.links.filter((link) => link.source.startsWith('user:') && links.some(({ source }) => source === link.target))
        : [];
  return withNodes(data, [...links, ...more]);
}

/** The busiest links between users and servers, and the busiest tools of those servers. */
export function busiest(data: MapData, most: number): MapData {
  const sorted = data.links.toSorted((one, other) => other.n - one.n);
  const uses = sorted.filter(({ source }) => source.startsWith('user:')).slice(0, most);
  const servers = new Set(uses.map(({ target }) => target));
  const shown = new Map<string, number>();
  const tools = sorted.filter(({ source, target }) => {
    if (!target.startsWith('tool:') || !servers.has(source)) return false;
    const before = shown.get(source) ?? 0;
    shown.set(source, before + 1);
    return before < TOOLS_EACH;
  });
  return withNodes(data, [...uses, ...tools.slice(0, most)]);
}

function withNodes({ nodes }: MapData, links: Link[]): MapData {
  const used = new Set(links.flatMap(({ source, target }) => [source, target]));
  return { nodes: nodes.filter(({ id }) => used.has(id)), links };
}
