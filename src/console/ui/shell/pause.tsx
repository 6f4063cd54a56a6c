// Protection off for a while: the button that starts it, the countdown, and the notice on every page while it lasts.

import { Button, SegmentedControl, Text, Tooltip } from '@mantine/core';
import IconPlayerPause from '@tabler/icons-react/dist/esm/icons/IconPlayerPause.mjs';
import IconShieldOff from '@tabler/icons-react/dist/esm/icons/IconShieldOff.mjs';
import { useEffect, useState } from 'react';
import { useChangePolicy } from '../api/change-policy.ts';
import { useHealth } from '../api/health.ts';
import { useMay } from '../api/session.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { countdown } from '../text/format.ts';
import classes from './shell.module.css';

const SPANS = [
  { value: '5', label: '5 min' },
  { value: '10', label: '10 min' },
  { value: '30', label: '30 min' },
  { value: '60', label: '1 hour' },
  { value: '240', label: '4 hours' },
];

/** Milliseconds until protection is on again; 0 while it is on. */
function usePauseLeft(): number {
  const until = useHealth().data?.policy.pauseUntil ?? 0;
  const [now, setNow] = useState(Date.now);
  const paused = until > now;
  useEffect(() => {
    setNow(Date.now());
    if (until <= Date.now()) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [until]);
  return paused ? until - now : 0;
}

export function PauseButton() {
  const left = usePauseLeft();
  const may = useMay('operator');
  const [asks, setAsks] = useState(false);
  if (!may) return null;
  return (
    <>
      <Tooltip label={left > 0 ? 'Protection is paused' : 'Pause protection for a while'}>
        <Button
          variant={left > 0 ? 'filled' : 'default'}
          {...(left > 0 ? { color: 'red' } : {})}
          size="xs"
          visibleFrom="sm"
          leftSection={left > 0 ? <IconShieldOff size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />}
          onClick={() => setAsks(true)}
        >
          {left > 0 ? countdown(left) : 'Pause'}
        </Button>
      </Tooltip>
      {asks && (left > 0 ? <ResumeDialog onClose={() => setAsks(false)} /> : <PauseDialog onClose={() => setAsks(false)} />)}
    </>
  );
}

export function PauseNotice() {
  const left = usePauseLeft();
  const may = useMay('operator');
  const [asks, setAsks] = useState(false);
  if (left === 0) return null;
  return (
    <div className={classes.pause} role="status">
      <IconShieldOff size={18} color="var(--bad)" aria-hidden />
      <span>
        <b>Protection is paused.</b> Everything is recorded; nothing is blocked, redacted or hidden. On again in{' '}
        <span aria-live="off">{countdown(left)}</span>.
      </span>
      {may && (
        <Button size="compact-xs" variant="default" onClick={() => setAsks(true)}>
          Turn on now
        </Button>
      )}
      {asks && <ResumeDialog onClose={() => setAsks(false)} />}
    </div>
  );
}

function PauseDialog({ onClose }: { onClose: () => void }) {
  const [minutes, setMinutes] = useState('10');
  const { mutateAsync } = useChangePolicy();
  return (
    <ConfirmDialog
      title="Pause protection"
      act="Pause"
      grave
      onClose={onClose}
      onConfirm={(comment) => {
        const until = new Date(Date.now() + Number(minutes) * 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
        return mutateAsync({ change: { kind: 'pause', until }, comment, done: 'Protection is paused.' });
      }}
    >
      <Text size="sm">
        Nothing is blocked, redacted or hidden meanwhile, for anybody. Everything is still seen and recorded. Protection comes
        back by itself.
      </Text>
      <SegmentedControl data={SPANS} value={minutes} onChange={setMinutes} aria-label="For how long" />
    </ConfirmDialog>
  );
}

function ResumeDialog({ onClose }: { onClose: () => void }) {
  const { mutateAsync } = useChangePolicy();
  return (
    <ConfirmDialog
      title="Turn protection on"
      act="Turn on"
      comment="ended in the console"
      onClose={onClose}
      onConfirm={(comment) => mutateAsync({ change: { kind: 'resume' }, comment, done: 'Protection is on again.' })}
    >
      <Text size="sm">Policy counts again from the next request on.</Text>
    </ConfirmDialog>
  );
}
