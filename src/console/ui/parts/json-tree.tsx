// JSON from the network as a tree: what it says, never more of it at once than a browser bears. What is no JSON is shown as text.

import { Button, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { visibleText } from '../../../engine/inventory/visible-text.ts';
import { CodeBlock } from './code-block.tsx';
import classes from './json-tree.module.css';

interface JsonTreeProps {
  /** As it was sent. */
  text: string;
  /** Name for people who do not see it. */
  label: string;
}

/** Entries of one level that show at first, and with each further click. */
const STEP = 100;
/** Levels that are open at first. */
const OPEN_DEPTH = 3;
const LONGEST = 2_000;
/** Beyond, a value is text: deeper nesting is an attack, not a message. */
const DEEPEST = 60;

export function JsonTree({ text, label }: JsonTreeProps) {
  const parsed = parse(text);
  if (parsed === undefined) return <CodeBlock text={text} label={label} />;
  return (
    <section className={classes.tree} aria-label={label}>
      <Node name={undefined} value={parsed.value} depth={0} />
    </section>
  );
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function Node({ name, value, depth }: { name: string | undefined; value: unknown; depth: number }) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const [room, setRoom] = useState(STEP);
  const key = name !== undefined && <span className={classes.key}>{visibleText(name)}</span>;
  if (typeof value !== 'object' || value === null || depth > DEEPEST)
    return (
      <div className={classes.line}>
        {key}
        <Leaf value={value} />
      </div>
    );
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const size = isList ? `[ ${entries.length} ]` : `{ ${entries.length} }`;
  return (
    <div>
      <UnstyledButton className={classes.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
        <span aria-hidden className={classes.arrow}>
          {open ? '▾' : '▸'}
        </span>
        {key}
        <span className={classes.size}>{size}</span>
      </UnstyledButton>
      {open && (
        <div className={classes.inner}>
          {entries.slice(0, room).map(([inner, child]) => (
            <Node key={inner} name={inner} value={child} depth={depth + 1} />
          ))}
          {entries.length > room && (
            <Button size="compact-xs" variant="subtle" onClick={() => setRoom(room + STEP)}>
              {entries.length - room} more
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

function Leaf({ value }: { value: unknown }) {
  const [whole, setWhole] = useState(false);
  if (typeof value === 'string') {
    const shown = whole ? value : value.slice(0, LONGEST);
    return (
      <>
        <bdi className={`untrusted ${classes.string}`}>“{visibleText(shown)}”</bdi>
        {shown.length < value.length && (
          <Button size="compact-xs" variant="subtle" onClick={() => setWhole(true)}>
            {value.length - shown.length} more characters
          </Button>
        )}
      </>
    );
  }
  const text = typeof value === 'object' && value !== null ? 'nested too deeply to show' : String(value);
  return <span className={classes.atom}>{text}</span>;
}
