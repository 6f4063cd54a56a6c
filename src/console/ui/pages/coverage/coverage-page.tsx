// Coverage: which programs Daylight can look into, which refuse its certificate, what goes around it, and what is left alone on purpose.

import { Group, SegmentedControl } from '@mantine/core';
import type { Coverage } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { useParam, useSetParams } from '../../state/use-url.ts';
import { AroundView } from './around-view.tsx';
import { FailingView } from './failing-view.tsx';
import { FiguresView } from './figures-view.tsx';
import { UninspectedView } from './uninspected-view.tsx';

const VIEWS = [
  { value: 'failing', label: 'Failing' },
  { value: 'programs', label: 'Programs' },
  { value: 'people', label: 'People' },
  { value: 'hosts', label: 'Hosts' },
  { value: 'around', label: 'Ways around' },
  { value: 'list', label: 'Not decrypted' },
];

export function CoveragePage() {
  const asked = useRead<Coverage>('/coverage', {}, { everySeconds: 60 });
  const [wanted] = useParam('view');
  const setParams = useSetParams();
  const view = VIEWS.find(({ value }) => value === wanted)?.value ?? 'failing';
  return (
    <>
      <PageHeader
        title="Coverage"
        about="Which programs Daylight can look into, which refuse its certificate, and what is left alone on purpose."
      />
      <Group mb="sm">
        <SegmentedControl
          aria-label="What of coverage"
          data={VIEWS}
          value={view}
          onChange={(value) => setParams({ view: value === 'failing' ? '' : value, sort: '' })}
        />
      </Group>
      <Loaded asked={asked}>
        {(found) => (
          <>
            {view === 'failing' && <FailingView failing={found.failing} covered={found.applications.length > 0} />}
            {view === 'programs' && (
              <FiguresView
                label="Programs"
                title="Program"
                rows={found.applications.map(({ application, ja4, users, ...figures }) => ({
                  ...figures,
                  name: application === '' ? `JA4 ${ja4}` : application,
                  beside: `${users}`,
                }))}
                besideTitle="People"
              />
            )}
            {view === 'people' && (
              <FiguresView
                label="People"
                title="Person"
                rows={found.people.map(({ who, applications, ...figures }) => ({
                  ...figures,
                  name: who,
                  beside: applications.join(', '),
                }))}
                besideTitle="Programs"
              />
            )}
            {view === 'hosts' && (
              <FiguresView
                label="Hosts"
                title="Host"
                rows={found.hosts.map(({ host, applications, ...figures }) => ({
                  ...figures,
                  name: host,
                  beside: applications.join(', '),
                }))}
                besideTitle="Programs"
              />
            )}
            {view === 'around' && <AroundView evasion={found.evasion} />}
            {view === 'list' && <UninspectedView entries={found.passthrough} />}
          </>
        )}
      </Loaded>
    </>
  );
}
