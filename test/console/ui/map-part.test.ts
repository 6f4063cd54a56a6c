import { expect, test } from 'vitest';
import type { MapData } from '../../../src/console/api/shapes.ts';
import { flowOption, heightOf, idOf } from '../../../src/console/ui/pages/map/flow-option.ts';
import { around, busiest } from '../../../src/console/ui/pages/map/map-part.ts';

const node = (id: string, label = id): MapData['nodes'][number] => {
  const kind = id.slice(0, id.indexOf(':')) as 'user' | 'server' | 'tool';
  return { id, kind, label, traffic: kind === 'server' ? 'shadow' : '' };
};
const link = (source: string, target: string, n: number) => ({ source, target, n, traffic: 'shadow' });

const MAP: MapData = {
  nodes: ['user:ana', 'user:bo', 'server:a', 'server:b', 'tool:a search', 'tool:b fetch'].map((id) => node(id)),
  links: [
    link('user:ana', 'server:a', 9),
    link('user:bo', 'server:a', 5),
    link('user:bo', 'server:b', 2),
    link('server:a', 'tool:a search', 7),
    link('server:b', 'tool:b fetch', 1),
  ],
};
const ids = ({ nodes }: MapData) => nodes.map(({ id }) => id).sort();

test('the busiest links bring the tools of their servers, and no node without a link', () => {
  expect(ids(busiest(MAP, 1))).toEqual(['server:a', 'tool:a search', 'user:ana']);
  expect(busiest(MAP, 100).links).toHaveLength(5);
});

test('around a user are its servers and their tools, not other people', () => {
  expect(ids(around(MAP, 'user:ana'))).toEqual(['server:a', 'tool:a search', 'user:ana']);
});

test('around a tool are its server and the people who use it; around a server both sides', () => {
  expect(ids(around(MAP, 'tool:b fetch'))).toEqual(['server:b', 'tool:b fetch', 'user:bo']);
  expect(ids(around(MAP, 'server:a'))).toEqual(['server:a', 'tool:a search', 'user:ana', 'user:bo']);
});

test('what is not on the map leaves nothing, and no choice leaves everything', () => {
  expect(around(MAP, 'user:nobody').links).toEqual([]);
  expect(around(MAP, '')).toBe(MAP);
});

test('a server shows at most five tools', () => {
  const tools = Array.from({ length: 9 }, (_, at) => `tool:a t${at}`);
  const nodes = [...MAP.nodes, ...tools.map((id) => node(id))];
  const links = [link('user:ana', 'server:a', 9), ...tools.map((id, at) => link('server:a', id, at + 1))];
  expect(busiest({ nodes, links }, 50).links.filter(({ source }) => source === 'server:a')).toHaveLength(5);
});

const look = {
  ...{ text: '#000', surface: '#fff', line: '#ccc', user: '#00f', tool: '#777', font: 'sans' },
  trafficOf: () => '#f00',
};

test('names from the network reach the diagram with everything seen, and without what its text styles understand', () => {
  const nodes = [node('user:ana', '{bad|ana}\u202egpj'), node('server:a', '<img src=x>')];
  const option = flowOption({ nodes, links: [link('user:ana', 'server:a', 3)] }, look);
  const label = option.series[0]!.label.formatter;
  expect(label({ name: 'user:ana' })).toBe('❴bad|ana}\\u{202e}gpj');
  expect(label({ name: 'server:a' })).toBe('<img src=x>');
  expect(option.tooltip.renderMode).toBe('richText');
  const tip = option.tooltip.formatter({
    dataType: 'edge',
    data: { source: 'user:ana', target: 'server:a', traffic: 'shadow' },
    value: 3,
  });
  expect(tip).toContain('3 requests, shadow');
});

test('servers are the first column where there are no users; a long column makes a high diagram', () => {
  const nodes = [node('server:a'), node('tool:a search')];
  const option = flowOption({ nodes, links: [link('server:a', 'tool:a search', 1)] }, look);
  expect(option.series[0]!.data.map(({ depth }) => depth)).toEqual([0, 1]);
  const many = Array.from({ length: 50 }, (_, at) => node(`user:${at}`));
  expect(heightOf({ nodes: many, links: [] })).toBeGreaterThan(heightOf(MAP));
});

test('only what has a name in the diagram stands for a node', () => {
  expect(idOf({ name: 'user:ana' })).toBe('user:ana');
  expect(idOf(undefined)).toBeUndefined();
  expect(idOf({ name: 3 })).toBeUndefined();
});
