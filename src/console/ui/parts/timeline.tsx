// Counts over time, stacked or as lines. Dragging over it narrows the time range; the names below switch series; the same numbers are there
// as a table.

import 'uplot/dist/uPlot.min.css';
import { Button, Group, Table, UnstyledButton, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import { counted, localTime, plain } from '../text/format.ts';
import classes from './timeline.module.css';
import { fillSteps, type Point, stack, totalOf } from './timeline-data.ts';
import { chartLook, drawnColor, seriesLook } from './timeline-look.ts';

export interface TimelineSeries {
  key: string;
  label: string;
  /** A colour, or a variable of style.css. */
  color: string;
}

interface TimelineProps {
  /** What is counted, for people who do not see the chart. */
  label: string;
  points: readonly Point[];
  /** From the bottom to the top. */
  series: readonly TimelineSeries[];
  /** Milliseconds between points. */
  step: number;
  /** The span that the chart shows, epoch milliseconds. */
  from: number;
  to: number;
  kind?: 'stack' | 'lines';
  height?: number;
  /** A person chose a part of the span. */
  onZoom?: (from: number, to: number) => void;
}

export function Timeline(props: TimelineProps) {
  const { label, points, series, step, from, to, kind = 'stack', height = 220, onZoom } = props;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [asTable, setAsTable] = useState(false);
  const filled = useMemo(() => fillSteps(points, step, from, to), [points, step, from, to]);
  const shown = useMemo(() => series.filter(({ key }) => !hidden.has(key)), [series, hidden]);
  function toggle(key: string): void {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    setHidden(next);
  }
  return (
    <div>
      {asTable ? (
        <NumbersTable label={label} points={filled} series={series} height={height} />
      ) : (
        <Chart label={label} points={filled} series={shown} kind={kind} height={height} onZoom={onZoom} step={step} />
      )}
      <Group gap="sm" mt={6}>
        {series.map(({ key, label: name, color }) => (
          <UnstyledButton key={key} className={classes.key} aria-pressed={!hidden.has(key)} onClick={() => toggle(key)}>
            <span className={classes.swatch} style={{ background: color }} aria-hidden />
            {name}
            {kind === 'stack' && <span className={classes.total}>{plain(totalOf(filled, key))}</span>}
          </UnstyledButton>
        ))}
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          ml="auto"
          className="no-print"
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? 'As a chart' : 'As a table'}
        </Button>
      </Group>
    </div>
  );
}

interface ChartProps {
  label: string;
  points: readonly Point[];
  series: readonly TimelineSeries[];
  kind: 'stack' | 'lines';
  height: number;
  step: number;
  onZoom: ((from: number, to: number) => void) | undefined;
}

function Chart({ label, points, series, kind, height, step, onZoom }: ChartProps) {
  const { ref: frame, width } = useElementSize();
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const [at, setAt] = useState<{ index: number; left: number } | null>(null);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;

  useEffect(() => {
    if (!place.current || width === 0) return;
    const keys = series.map(({ key }) => key);
    const rows = kind === 'stack' ? stack(points, keys) : keys.map((key) => points.map(({ values }) => values[key] ?? 0));
    const drawn = kind === 'stack' ? series.toReversed() : series;
    const chart = new uPlot(
      {
        ...chartLook(scheme, step),
        width,
        height,
        series: [{}, ...drawn.map(({ color }) => seriesLook(drawnColor(color), kind))],
        hooks: {
          setCursor: [
            ({ cursor }) =>
              setAt(
                typeof cursor.idx === 'number' && (cursor.left ?? -1) >= 0 ? { index: cursor.idx, left: cursor.left ?? 0 } : null,
              ),
          ],
          setSelect: [
            (self) => {
              if (self.select.width < 4 || !zoom.current) return;
              const [start, end] = [
                self.posToVal(self.select.left, 'x'),
                self.posToVal(self.select.left + self.select.width, 'x'),
              ];
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              zoom.current(Math.floor((start * 1000) / step) * step, Math.ceil((end * 1000) / step) * step);
            },
          ],
        },
        cursor: { y: false, points: { show: false }, drag: { x: zoom.current !== undefined, y: false, setScale: false } },
      },
      [points.map(({ t }) => t / 1000), ...rows],
      place.current,
    );
    return () => chart.destroy();
  }, [points, series, kind, height, width, step, scheme]);

  const sum = series.reduce((total, { key }) => total + totalOf(points, key), 0);
  return (
    <div ref={frame} className={classes.frame} style={{ height }}>
      <div
        ref={place}
        role="img"
        aria-label={`${label}: ${counted(sum, 'in all', 'in all')}. The numbers are there as a table.`}
      />
      {at && points[at.index] && <Tip point={points[at.index]!} series={series} left={at.left} width={width} />}
    </div>
  );
}

/** Pixels that the tip needs. */
const TIP = 190;

function Tip({ point, series, left, width }: { point: Point; series: readonly TimelineSeries[]; left: number; width: number }) {
  const shown = series.filter(({ key }) => (point.values[key] ?? 0) > 0).toReversed();
  const side = left + TIP + 70 > width ? { right: width - left - 40 } : { left: left + 62 };
  return (
    <div className={classes.tip} style={side}>
      <b>{localTime(point.t, 'full', Date.now()).replace(/:\d\d$/, '')}</b>
      {shown.length === 0 && <span>nothing</span>}
      {shown.map(({ key, label, color }) => (
        <span key={key} className={classes.row}>
          <span className={classes.swatch} style={{ background: color }} />
          {label}
          <span className={classes.number}>{plain(point.values[key] ?? 0)}</span>
        </span>
      ))}
    </div>
  );
}

function NumbersTable({
  label,
  points,
  series,
  height,
}: {
  label: string;
  points: readonly Point[];
  series: readonly TimelineSeries[];
  height: number;
}) {
  const used = points.filter(({ values }) => series.some(({ key }) => (values[key] ?? 0) > 0));
  return (
    <Table.ScrollContainer
      minWidth={400}
      maxHeight={height}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': label } }}
    >
      <Table stickyHeader fz="xs" aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Time</Table.Th>
            {series.map(({ key, label: name }) => (
              <Table.Th key={key} ta="right">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {used.map(({ t, values }) => (
            <Table.Tr key={t}>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>{localTime(t, 'full', Date.now())}</Table.Td>
              {series.map(({ key }) => (
                <Table.Td key={key} ta="right">
                  {plain(values[key] ?? 0)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
