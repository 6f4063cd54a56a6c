// Policy as it was and is: every version with who changed what and why, the approvals, and the files as they are written.

import { Alert, Group, SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import { usePolicy } from '../../api/policy.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useParam, useSetParams } from '../../state/use-url.ts';
import { ApprovalsView } from './approvals-view.tsx';
import { PolicyFiles } from './policy-files.tsx';
import { PolicyVersions } from './policy-versions.tsx';

const VIEWS: Readonly<Record<string, ReactNode>> = { approvals: <ApprovalsView />, files: <PolicyFiles /> };

export function PolicyPage() {
  const [view] = useParam('view');
  const setParams = useSetParams();
  const { data } = usePolicy();
  return (
    <>
      <PageHeader title="Policy" about="Every version is kept: who changed what, when and why. Any of them can be put back." />
      <Group mb="sm">
        <SegmentedControl
          aria-label="What of policy"
          data={[
            { value: '', label: 'History' },
            { value: 'approvals', label: data ? `Approvals (${data.approved.servers.length})` : 'Approvals' },
            { value: 'files', label: 'Files' },
          ]}
          value={Object.hasOwn(VIEWS, view) ? view : ''}
          onChange={(value) => setParams({ view: value, open: '', sort: '' })}
        />
      </Group>
      {data && data.warnings.length > 0 && (
        <Alert color="sun" variant="light" mb="sm" title="Daylight warns about these lines">
          <ul style={{ margin: 0, paddingLeft: 18 }}>
            {data.warnings.map((warning) => (
              <li key={warning}>
                <Untrusted text={warning} />
              </li>
            ))}
          </ul>
        </Alert>
      )}
      {VIEWS[view] ?? <PolicyVersions />}
    </>
  );
}
