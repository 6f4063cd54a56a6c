// Activity: every exchange that was recorded, from now backwards, or as it happens.

import { SegmentedControl } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { FlowEvent } from '../../../api/shapes.ts';
import { useLiveFeed } from '../../api/live.ts';
import { joinNewest } from '../../api/live-events.ts';
import { useList } from '../../api/read.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { useShortcut } from '../../shell/shortcuts.tsx';
import { useFilter, useParam, useRange, useSetParams } from '../../state/use-url.ts';
import classes from './activity-page.module.css';
import { COLUMNS, toneOf } from './columns.tsx';
import { EventDrawer } from './event-drawer.tsx';
import { ExportMenu } from './export-menu.tsx';
import { LiveBar } from './live-bar.tsx';
import { NoActivity } from './no-activity.tsx';

const QUICK = [
  { label: 'Shadow', term: 'traffic:shadow' },
  { label: 'Blocked', term: 'disposition:blocked' },
  { label: 'Tool calls', term: 'method:tools/call' },
  { label: 'DLP findings', term: 'dlp:>0' },
  { label: 'Around the portal', term: 'traffic:bypass' },
  { label: 'From vendor clouds', term: 'traffic:hosted' },
];

export function ActivityPage() {
  const [filter] = useFilter();
  const [mode] = useParam('live');
  const [open, setOpen] = useParam('open');
  const setParams = useSetParams();
  const range = useRange();
  const [paused, setPaused] = useState(false);
  const live = mode === '1';
  const history = useList<FlowEvent>('/events', {}, { filtered: true });
  const feed = useLiveFeed({ filter, on: live, paused });
  const rows = useMemo(
    () => (live ? joinNewest(history.items, feed.events.toReversed()) : history.items),
    [live, history.items, feed.events],
  );
  // What happens now is no part of a span in the past.
  const setLive = (on: boolean) =>
    setParams(on ? { live: '1', ...(range.live ? {} : { from: undefined, to: undefined }) } : { live: undefined });
  useShortcut('l', 'Live or history', () => setLive(!live));
  useShortcut('p', 'Pause the live feed', () => setPaused(!paused));

  return (
    <div className={classes.page}>
      <PageHeader title="Activity" about="Every exchange that was recorded. Open one to see why it was judged as it was.">
        {live && <LiveBar feed={feed} paused={paused} onPause={setPaused} />}
        <SegmentedControl
          size="xs"
          aria-label="What to show"
          data={[
            { value: 'history', label: 'History' },
            { value: 'live', label: 'Live' },
          ]}
          value={live ? 'live' : 'history'}
          onChange={(value) => setLive(value === 'live')}
        />
        <ExportMenu />
      </PageHeader>
      <FilterBar quick={QUICK} />
      {history.error && !(live && rows.length > 0) ? (
        <ErrorState error={history.error} retry={history.refetch} />
      ) : (
        <DataTable
          label="Recorded exchanges, newest first"
          columns={COLUMNS}
          rows={rows}
          rowKey={eventKey}
          onOpen={(event) => setOpen(event.event_id)}
          openKey={open}
          tone={toneOf}
          more={live ? undefined : history}
          fill
          rowHeight={37}
          empty={<NoActivity pending={history.isPending} live={live} />}
        />
      )}
      {open !== '' && <EventDrawer id={open} onClose={() => setOpen('')} />}
    </div>
  );
}

const eventKey = (event: FlowEvent): string => event.event_id;
