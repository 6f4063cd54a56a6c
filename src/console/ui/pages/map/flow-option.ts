// What the diagram library is told about a map: nodes in three columns, links as wide as they are busy, in the colour of their traffic.

import { visibleText } from '../../../../engine/inventory/visible-text.ts';
import type { MapData } from '../../../api/shapes.ts';
import { plain } from '../../text/format.ts';

export interface Look {
  text: string;
  surface: string;
  line: string;
  user: string;
  tool: string;
  trafficOf(traffic: string): string;
  font: string;
}

const DEPTH = { user: 0, server: 1, tool: 2 } as const;
/** Pixels for a node in the fullest column. */
const ROW = 28;
const LONGEST = 38;

/** Pixels that the diagram needs so that names do not lie on each other. */
export function heightOf({ nodes }: MapData): number {
  const counts = Object.keys(DEPTH).map((kind) => nodes.filter((node) => node.kind === kind).length);
  return Math.max(360, Math.max(...counts) * ROW + 40);
}

/** The node of the map that something in the diagram stands for. */
export function idOf(item: unknown): string | undefined {
  const name = (item as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? name : undefined;
}

export function flowOption({ nodes, links }: MapData, look: Look) {
  const labels = new Map(nodes.map(({ id, label }) => [id, shown(label)]));
  const labelOf = (id: unknown) => labels.get(String(id)) ?? '';
  const present = new Set(nodes.map(({ kind }) => kind));
  // Without users the servers are the first column.
  const first = Math.min(...[...present].map((kind) => DEPTH[kind]));
  return {
    animation: false,
    textStyle: { fontFamily: look.font, color: look.text },
    tooltip: {
      trigger: 'item',
      // On the canvas as well: nothing of it becomes markup.
      renderMode: 'richText',
      confine: true,
      backgroundColor: look.surface,
      borderColor: look.line,
      textStyle: { color: look.text, fontSize: 12.5, fontFamily: look.font },
      formatter: ({ dataType, data, value }: TipItem) =>
        dataType === 'edge'
          ? `${labelOf(data.source)} → ${labelOf(data.target)}\n${plain(Number(value))} requests, ${data.traffic}`
          : `${labelOf(data.name)}\n${plain(Number(value))} requests`,
    },
    series: [
      {
        type: 'sankey',
        left: 4,
        right: 190,
        top: 10,
        bottom: 10,
        nodeWidth: 10,
        nodeGap: 12,
        nodeAlign: 'left',
        draggable: false,
        layoutIterations: 40,
        emphasis: { focus: 'adjacency' },
        label: {
          color: look.text,
          fontSize: 12,
          formatter: ({ name }: { name: string }) => cut(labelOf(name)),
        },
        data: nodes.map(({ id, kind, traffic }) => ({
          name: id,
          depth: DEPTH[kind] - first,
          itemStyle: {
            color: kind === 'server' ? look.trafficOf(traffic) : kind === 'user' ? look.user : look.tool,
            borderWidth: 0,
          },
        })),
        links: links.map(({ source, target, n, traffic }) => ({
          source,
          target,
          value: n,
          traffic,
          lineStyle: { color: look.trafficOf(traffic), opacity: 0.32, curveness: 0.5 },
        })),
      },
    ],
  };
}

interface TipItem {
  dataType?: string;
  data: { name?: string; source?: string; target?: string; traffic?: string };
  value: unknown;
}

/** On one line; `{name|` would be read as a style of the library. */
function shown(label: string): string {
  return visibleText(label)
    .replace(/\s+/g, ' ')
    .replace(/\{(?=\w+\|)/g, '❴')
    .replace(/^https:\/\//, '');
}

function cut(label: string): string {
  const letters = [...label];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join('')}…` : label;
}
