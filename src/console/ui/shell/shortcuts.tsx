// Keyboard shortcuts: who wants one says so while it is on the page, and the help (`?`) lists those. Never while one types in a field.

import { Group, Kbd, Stack, Text } from '@mantine/core';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { Dialog } from '../parts/dialog.tsx';

export interface Shortcut {
  /** One key, or two after each other, e.g. `g a`. As in KeyboardEvent.key. */
  keys: string;
  does: string;
  run(): void;
}

interface Registry {
  add(shortcut: Shortcut): () => void;
  showHelp(): void;
}

const Shortcuts = createContext<Registry | undefined>(undefined);

/** Milliseconds in which the second key must follow. */
const PATIENCE = 1_200;

export function ShortcutProvider({ children }: { children: ReactNode }) {
  const known = useRef(new Set<Shortcut>());
  const [helps, setHelps] = useState(false);
  const registry = useMemo<Registry>(
    () => ({
      add(shortcut) {
        known.current.add(shortcut);
        return () => known.current.delete(shortcut);
      },
      showHelp: () => setHelps(true),
    }),
    [],
  );

  useEffect(() => {
    let first = { key: '', time: 0 };
    function onKeyDown(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      if (document.querySelector('[role=dialog][aria-modal=true]')) return;
      if (event.key === '?') {
        setHelps(true);
        return;
      }
      const pair = Date.now() - first.time < PATIENCE ? `${first.key} ${event.key}` : '';
      first = { key: event.key, time: Date.now() };
      const found =
        [...known.current].findLast(({ keys }) => keys === pair) ?? [...known.current].findLast(({ keys }) => keys === event.key);
      if (!found) return;
      event.preventDefault();
      found.run();
    }
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);

  return (
    <Shortcuts value={registry}>
      {children}
      {helps && (
        <Dialog title="Keyboard shortcuts" onClose={() => setHelps(false)} size="md">
          <Stack gap="xs">
            {[...known.current, ...ALWAYS].map(({ keys, does }) => (
              <Group key={keys + does} justify="space-between" wrap="nowrap">
                <Text size="sm">{does}</Text>
                <Group gap={4} wrap="nowrap">
                  {keys.split(' ').map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </Group>
              </Group>
            ))}
          </Stack>
        </Dialog>
      )}
    </Shortcuts>
  );
}

const ALWAYS = [
  { keys: '↑ ↓', does: 'Move in a table' },
  { keys: 'Enter', does: 'Open the row' },
  { keys: 'Esc', does: 'Close what is open' },
  { keys: '?', does: 'This help' },
];

/** A shortcut that works while the component is on the page. */
export function useShortcut(keys: string, does: string, run: () => void): void {
  const registry = useContext(Shortcuts);
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => registry?.add({ keys, does, run: () => latest.current() }), [registry, keys, does]);
}

export function useShortcutHelp(): () => void {
  const registry = useContext(Shortcuts);
  return () => registry?.showHelp();
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));
}
