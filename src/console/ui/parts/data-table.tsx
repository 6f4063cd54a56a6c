// A table of any length: only the rows in sight are in the page. One row is active; arrows, Page Up and Down, Home and End move it, Enter
// opens it. Rows sort by a column when the column can compare and all rows are there; the order stands in the address. Where rows can be
// selected, Space selects the active one, Shift with an arrow goes on selecting, Ctrl+A selects all; so do the boxes at the left.

import { Center, Checkbox, Loader, UnstyledButton } from '@mantine/core';
import IconArrowDown from '@tabler/icons-react/dist/esm/icons/IconArrowDown.mjs';
import IconArrowUp from '@tabler/icons-react/dist/esm/icons/IconArrowUp.mjs';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useParam } from '../state/use-url.ts';
import classes from './data-table.module.css';
import { parseOrder, sortRows, toggleOrder } from './data-table-order.ts';
import type { Tone } from './level-badge.tsx';
import { addRange, type Selection, toggleAll, toggleKey } from './table-selection.ts';

export interface Column<Row> {
  key: string;
  title: string;
  /** Pixels; columns without a width share what is left. */
  width?: number;
  align?: 'right';
  render(row: Row): ReactNode;
  /** Ascending order; makes the column sortable. */
  compare?(one: Row, other: Row): number;
}

/** More rows that the API has. */
export interface MoreRows {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage(): unknown;
}

interface DataTableProps<Row> {
  /** Name of the table for people who do not see it. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey(row: Row): string;
  onOpen?: (row: Row) => void;
  /** Key of the row whose details are shown. */
  openKey?: string;
  /** Colour of the row. The same must be said in a cell: colour alone says nothing to many. */
  tone?: (row: Row) => Tone | undefined;
  /** Makes rows selectable. */
  selection?: Selection;
  /** What `useList` gave, for lists that grow. */
  more?: MoreRows | undefined;
  /** Instead of rows when there are none. */
  empty?: ReactNode;
  /** Takes the height that its flex container leaves. Default: as high as its rows, at most most of the window. */
  fill?: boolean;
  rowHeight?: number;
  /** Parameter of the address that holds the order; set it when a page has two tables. */
  sortParam?: string;
}

const OVERSCAN = 12;
const SELECT_WIDTH = 40;

export function DataTable<Row>(props: DataTableProps<Row>) {
  const {
    label,
    columns,
    rowKey,
    onOpen,
    openKey,
    tone,
    selection,
    more,
    empty,
    fill,
    rowHeight = 42,
    sortParam = 'sort',
  } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [order, setOrder] = useParam(sortParam);
  const sortable = !more?.hasNextPage;
  const rows = useMemo(
    () => (sortable ? sortRows(props.rows, columns, parseOrder(order)) : props.rows),
    [props.rows, columns, order, sortable],
  );
  const [activeKey, setActiveKey] = useState('');
  const active = useMemo(() => rows.findIndex((row) => rowKey(row) === activeKey), [rows, rowKey, activeKey]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;

  useEffect(() => {
    if (more?.hasNextPage && !more.isFetchingNextPage && last >= rows.length - OVERSCAN) void more.fetchNextPage();
  }, [more, last, rows.length]);

  function move(to: number): void {
    const index = Math.min(Math.max(to, 0), rows.length - 1);
    const row = rows[index];
    if (row === undefined) return;
    setActiveKey(rowKey(row));
    virtual.scrollToIndex(index, { align: 'auto' });
  }

  const keys = (): string[] => rows.map(rowKey);
  /** The row at which a range of selected rows begins. */
  const anchor = useRef('');

  function select(key: string, isRange: boolean): void {
    if (!selection) return;
    selection.onChange(isRange ? addRange(selection.keys, keys(), anchor.current, key) : toggleKey(selection.keys, key));
    anchor.current = key;
  }

  /** @returns whether the key was one for selecting */
  function onSelectKey(event: KeyboardEvent): boolean {
    const [row, to] = [rows[active], { ArrowDown: active + 1, ArrowUp: active - 1 }[event.key]];
    if (!selection || row === undefined) return false;
    if (event.key === ' ' && !event.ctrlKey && !event.metaKey) select(rowKey(row), event.shiftKey);
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) selection.onChange(toggleAll(selection.keys, keys()));
    else if (event.shiftKey && to !== undefined && rows[to] !== undefined) {
      selection.onChange(new Set([...selection.keys, rowKey(row), rowKey(rows[to])]));
      anchor.current = rowKey(rows[to]);
      move(to);
    } else return false;
    return true;
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget || event.altKey) return;
    if (onSelectKey(event)) {
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1);
    const row = rows[active];
    if (event.key === 'Enter' && row !== undefined) onOpen?.(row);
    else if (event.key === 'ArrowDown') move(active + 1);
    else if (event.key === 'ArrowUp') move(active - 1);
    else if (event.key === 'PageDown') move(active + page);
    else if (event.key === 'PageUp') move(active - page);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(rows.length - 1);
    else return;
    event.preventDefault();
  }

  if (rows.length === 0 && empty !== undefined) return <div className={classes.frame}>{empty}</div>;

  const above = shown[0]?.start ?? 0;
  const below = Math.max(0, virtual.getTotalSize() - (shown.at(-1)?.end ?? 0));
  return (
    <div ref={scroller} className={classes.frame} data-fill={fill || undefined}>
      <table
        className={classes.table}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table, of which one row at a time is active
        role="grid"
        aria-label={label}
        aria-multiselectable={selection ? true : undefined}
        aria-rowcount={more?.hasNextPage ? -1 : rows.length + 1}
        aria-activedescendant={active >= 0 && active >= (shown[0]?.index ?? 0) && active <= last ? `${id}-${active}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onFocus={(event) => event.target === event.currentTarget && active < 0 && move(0)}
        style={{ minWidth: columns.reduce((sum, { width = 130 }) => sum + width, selection ? SELECT_WIDTH : 0) }}
      >
        <colgroup>
          {selection && <col style={{ width: SELECT_WIDTH }} />}
          {columns.map(({ key, width }) => (
            <col key={key} style={width === undefined ? undefined : { width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {selection && (
              <th scope="col">
                <Checkbox
                  size="xs"
                  aria-label="Select all"
                  checked={rows.every((row) => selection.keys.has(rowKey(row)))}
                  indeterminate={selection.keys.size > 0 && !rows.every((row) => selection.keys.has(rowKey(row)))}
                  onChange={() => selection.onChange(toggleAll(selection.keys, keys()))}
                />
              </th>
            )}
            {columns.map((column) => (
              <HeaderCell key={column.key} column={column} order={order} onOrder={sortable ? setOrder : undefined} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space height={above} columns={columns.length + (selection ? 1 : 0)} />
          {shown.map(({ index }) => {
            const row = rows[index]!;
            const key = rowKey(row);
            return (
              <tr
                key={key}
                id={`${id}-${index}`}
                aria-rowindex={index + 2}
                aria-selected={selection ? selection.keys.has(key) : onOpen ? key === openKey : undefined}
                data-active={index === active || undefined}
                data-tone={tone?.(row)}
                data-opens={onOpen ? true : undefined}
                style={{ height: rowHeight }}
                onClick={() => {
                  setActiveKey(key);
                  onOpen?.(row);
                }}
              >
                {selection && (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the table takes the keys
                  <td onClick={(event) => event.stopPropagation()}>
                    <Checkbox
                      size="xs"
                      tabIndex={-1}
                      aria-label="Select"
                      checked={selection.keys.has(key)}
                      onClick={(event) => select(key, event.shiftKey)}
                      readOnly
                    />
                  </td>
                )}
                {columns.map((column) => (
                  <td key={column.key} data-align={column.align}>
                    {column.render(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          <Space height={below} columns={columns.length + (selection ? 1 : 0)} />
        </tbody>
      </table>
      {more?.isFetchingNextPage && (
        <Center py="xs">
          <Loader size="xs" role="status" aria-label="Loading more" />
        </Center>
      )}
    </div>
  );
}

/** Room for rows that are out of sight. */
function Space({ height, columns }: { height: number; columns: number }) {
  if (height === 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height, padding: 0 }} />
    </tr>
  );
}

interface HeaderCellProps<Row> {
  column: Column<Row>;
  order: string;
  onOrder: ((order: string) => void) | undefined;
}

function HeaderCell<Row>({ column, order, onOrder }: HeaderCellProps<Row>) {
  const current = parseOrder(order);
  const isSorted = current?.key === column.key;
  const Arrow = current?.descending ? IconArrowDown : IconArrowUp;
  const direction = current?.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" data-align={column.align} aria-sort={isSorted ? direction : undefined}>
      {column.compare && onOrder ? (
        <UnstyledButton className={classes.sort} onClick={() => onOrder(toggleOrder(order, column.key))}>
          {column.title}
          {isSorted && <Arrow size={13} aria-hidden />}
        </UnstyledButton>
      ) : (
        column.title
      )}
    </th>
  );
}
