// The state of the live feed, and the button that holds it.

import { Button, Group, Text } from '@mantine/core';
import IconPlayerPause from '@tabler/icons-react/dist/esm/icons/IconPlayerPause.mjs';
import IconPlayerPlay from '@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs';
import type { LiveFeed } from '../../api/live.ts';
import { plain } from '../../text/format.ts';
import classes from './live-bar.module.css';

interface LiveBarProps {
  feed: LiveFeed;
  paused: boolean;
  onPause: (paused: boolean) => void;
}

export function LiveBar({ feed, paused, onPause }: LiveBarProps) {
  const words = paused && feed.state === 'live' ? 'Paused' : WORDS[feed.state];
  return (
    <Group gap="xs">
      <Text size="sm" role="status" className={classes.state}>
        <span className={classes.dot} data-live={(feed.state === 'live' && !paused) || undefined} aria-hidden />
        {feed.refused === '' ? words : feed.refused}
      </Text>
      {feed.dropped > 0 && (
        <Text size="xs" c="dimmed" title="They are in the history.">
          {plain(feed.dropped)} left out: too many at once
        </Text>
      )}
      <Button
        size="xs"
        variant="default"
        leftSection={paused ? <IconPlayerPlay size={15} aria-hidden /> : <IconPlayerPause size={15} aria-hidden />}
        onClick={() => onPause(!paused)}
      >
        {paused ? 'Go on' : 'Hold'}
      </Button>
    </Group>
  );
}

const WORDS = { connecting: 'Connecting …', live: 'Live', waiting: 'Connection lost, trying again …' } as const;
