// A table of a report: all rows, so that they can be printed.

import { Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './reports.module.css';

export interface ReportColumn<Row> {
  title: string;
  align?: 'right';
  width?: number;
  render(row: Row): ReactNode;
}

interface ReportTableProps<Row> {
  label: string;
  columns: readonly ReportColumn<Row>[];
  rows: readonly Row[];
  rowKey(row: Row): string;
  /** In place of rows. */
  empty: string;
}

export function ReportTable<Row>({ label, columns, rows, rowKey, empty }: ReportTableProps<Row>) {
  if (rows.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {empty}
      </Text>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.table} tabIndex={0} aria-label={`${label}: rows`}>
      <Table fz="sm" verticalSpacing={5} stickyHeader aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ title, align, width }) => (
              <Table.Th key={title} ta={align} w={width}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)}>
              {columns.map(({ title, align, render }) => (
                <Table.Td key={title} ta={align}>
                  {render(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
