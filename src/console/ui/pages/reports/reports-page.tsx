// Reports for people who were not there: adoption and compliance. For print, and as CSV.

import { Button, Group, SegmentedControl } from '@mantine/core';
import IconDownload from '@tabler/icons-react/dist/esm/icons/IconDownload.mjs';
import IconPrinter from '@tabler/icons-react/dist/esm/icons/IconPrinter.mjs';
import { apiUrl } from '../../api/client.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { useFilter, useParam, useRange, useSetParams } from '../../state/use-url.ts';
import { AdoptionReportView } from './adoption-report.tsx';
import { ComplianceReportView } from './compliance-report.tsx';
import { PrintHead } from './print-head.tsx';
import { usePrintLight } from './use-print-light.ts';

const ABOUT = {
  adoption: 'Whether people move from servers that nobody approved to the portal and to approved ones.',
  compliance: 'What was in use, what was stopped, what leaked, how much was looked into, and what was changed.',
};

export function ReportsPage() {
  const [wanted] = useParam('view');
  const setParams = useSetParams();
  const [filter] = useFilter();
  const { resolve } = useRange();
  const view = wanted === 'compliance' ? 'compliance' : 'adoption';
  usePrintLight();
  return (
    <>
      <PageHeader title={view === 'adoption' ? 'Adoption' : 'Compliance summary'} about={ABOUT[view]}>
        <Button
          component="a"
          size="xs"
          variant="default"
          leftSection={<IconDownload size={15} aria-hidden />}
          href={apiUrl(`/reports/${view}`, { format: 'csv', filter, ...resolve() })}
          download
        >
          CSV
        </Button>
        <Button size="xs" variant="default" leftSection={<IconPrinter size={15} aria-hidden />} onClick={() => print()}>
          Print
        </Button>
      </PageHeader>
      <div className="no-print">
        <Group mb="sm">
          <SegmentedControl
            aria-label="Report"
            data={[
              { value: 'adoption', label: 'Adoption' },
              { value: 'compliance', label: 'Compliance' },
            ]}
            value={view}
            onChange={(value) => setParams({ view: value === 'adoption' ? '' : value })}
          />
        </Group>
        <FilterBar />
      </div>
      <PrintHead filter={filter} />
      {view === 'adoption' ? <AdoptionReportView /> : <ComplianceReportView />}
    </>
  );
}
