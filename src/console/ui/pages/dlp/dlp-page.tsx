// DLP: what was found in which traffic, what looks for it, how much of the traffic is read, and a place to try a text.

import { Group, SegmentedControl } from '@mantine/core';
import { useMay } from '../../api/session.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { useParam, useSetParams } from '../../state/use-url.ts';
import { CoverageView } from './coverage-view.tsx';
import { DetectorsView } from './detectors-view.tsx';
import { FindingsView } from './findings-view.tsx';
import { ProfilesView } from './profiles-view.tsx';
import { TextTester } from './text-tester.tsx';

const VIEWS = [
  { value: 'findings', label: 'Findings' },
  { value: 'coverage', label: 'Coverage' },
  { value: 'profiles', label: 'Profiles' },
  { value: 'detectors', label: 'Detectors' },
  { value: 'test', label: 'Test a text' },
];

export function DlpPage() {
  const [wanted] = useParam('view');
  const setParams = useSetParams();
  const mayTest = useMay('analyst');
  const views = VIEWS.filter(({ value }) => value !== 'test' || mayTest);
  const view = views.find(({ value }) => value === wanted)?.value ?? 'findings';
  return (
    <>
      <PageHeader
        title="DLP"
        about="Sensitive data in MCP traffic: what was found, what looks for it, and what nobody looked into."
      />
      <Group mb="sm">
        <SegmentedControl
          aria-label="What of DLP"
          data={views}
          value={view}
          onChange={(value) => setParams({ view: value === 'findings' ? '' : value, sort: '', open: '', q: '', detector: '' })}
        />
      </Group>
      {view === 'findings' && <FindingsView />}
      {view === 'coverage' && <CoverageView />}
      {view === 'profiles' && <ProfilesView />}
      {view === 'detectors' && <DetectorsView />}
      {view === 'test' && <TextTester />}
    </>
  );
}
