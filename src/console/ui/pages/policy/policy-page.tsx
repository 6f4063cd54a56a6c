// Policy as it was and is: every version with who changed what and why, and the files as they are written.

import { Alert, Group, SegmentedControl } from '@mantine/core';
import { usePolicy } from '../../api/policy.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useParam, useSetParams } from '../../state/use-url.ts';
import { PolicyFiles } from './policy-files.tsx';
import { PolicyVersions } from './policy-versions.tsx';

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
            { value: 'files', label: 'Files' },
          ]}
          value={view === 'files' ? 'files' : ''}
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
      {view === 'files' ? <PolicyFiles /> : <PolicyVersions />}
    </>
  );
}
