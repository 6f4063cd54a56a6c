// The exchanges of the range and filter as a file.

import { Button, Menu } from '@mantine/core';
import IconDownload from '@tabler/icons-react/dist/esm/icons/IconDownload.mjs';
import { apiUrl } from '../../api/client.ts';
import { useFilter, useRange } from '../../state/use-url.ts';

const FORMATS = [
  { format: 'ndjson', label: 'NDJSON', about: 'one event a line, for programs' },
  { format: 'csv', label: 'CSV', about: 'for spreadsheets' },
  { format: 'har', label: 'HAR', about: 'for bin/daylight replay and browsers' },
];

export function ExportMenu() {
  const { resolve } = useRange();
  const [filter] = useFilter();
  return (
    <Menu position="bottom-end" width={270}>
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<IconDownload size={15} aria-hidden />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>This range and filter, at most 100,000</Menu.Label>
        {FORMATS.map(({ format, label, about }) => (
          <Menu.Item key={format} component="a" href={apiUrl('/events/export', { format, filter, ...resolve() })} download>
            {label} <small>{about}</small>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
