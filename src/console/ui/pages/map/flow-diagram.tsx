// The map as a flow diagram on a canvas. Names from the network are drawn, never parsed: neither the labels nor the tip know markup.

import { useComputedColorScheme } from '@mantine/core';
import { SankeyChart, type SankeySeriesOption } from 'echarts/charts';
import { TooltipComponent, type TooltipComponentOption } from 'echarts/components';
import { type ComposeOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import type { MapData } from '../../../api/shapes.ts';
import { counted } from '../../text/format.ts';
import { flowOption, heightOf, idOf, type Look } from './flow-option.ts';

use([SankeyChart, TooltipComponent, CanvasRenderer]);

export type FlowOption = ComposeOption<SankeySeriesOption | TooltipComponentOption>;

export function FlowDiagram({ data, onFocus }: { data: MapData; onFocus: (id: string) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const focus = useRef(onFocus);
  focus.current = onFocus;
  const height = heightOf(data);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours of the page follow the scheme
  useEffect(() => {
    if (!place.current) return;
    const chart = init(place.current, null, { renderer: 'canvas', height });
    chart.setOption(flowOption(data, lookOf(place.current)) as FlowOption);
    chart.on('click', ({ dataType, data: item }) => {
      const id = dataType === 'node' ? idOf(item) : undefined;
      if (id !== undefined) focus.current(id);
    });
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(place.current);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [data, height, scheme]);

  return (
    <div
      ref={place}
      role="img"
      aria-label={`Flow of requests: ${counted(data.links.length, 'connection')}. The same is there as a table.`}
      style={{ width: '100%', height }}
    />
  );
}

/** A canvas knows no variables of style sheets. */
function lookOf(element: HTMLElement): Look {
  const style = getComputedStyle(element);
  const variable = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: variable('--mantine-color-text') || style.color,
    surface: variable('--mantine-color-body'),
    line: variable('--line'),
    user: variable('--calm'),
    tool: variable('--mantine-color-dimmed'),
    trafficOf: (traffic) => variable(`--traffic-${traffic}`) || variable('--calm'),
    font: style.fontFamily,
  };
}
