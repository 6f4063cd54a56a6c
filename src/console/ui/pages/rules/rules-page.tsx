// The rules and what happens when they match: a table of rules, the modes of whole classes, what changes by itself and what is let through,
// and a place to try requests. One rule opens in place of the table.

import { Group, SegmentedControl, Text } from '@mantine/core';
import type { RuleItem } from '../../../api/shapes.ts';
import { useHealth } from '../../api/health.ts';
import { usePolicy } from '../../api/policy.ts';
import { useList } from '../../api/read.ts';
import { useRuleTitles } from '../../api/rule-titles.ts';
import { useMay } from '../../api/session.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { Panel } from '../../parts/panel.tsx';
import { useParam, useSetParams } from '../../state/use-url.ts';
import { ClassesView } from './classes-view.tsx';
import { DatesView } from './dates-view.tsx';
import { PackView } from './pack-view.tsx';
import { policyDates } from './policy-dates.ts';
import { RulePage } from './rule-page.tsx';
import { RuleTable } from './rule-table.tsx';
import { RuleTester } from './rule-tester.tsx';

const VIEWS = ['rules', 'classes', 'dates', 'pack', 'test'] as const;
type View = (typeof VIEWS)[number];

export function RulesPage() {
  const rules = useList<RuleItem>('/rules', { limit: 500 }, { everySeconds: 60 });
  const { data: policy } = usePolicy();
  const { data: health } = useHealth();
  const [open] = useParam('open');
  const [wanted] = useParam('view');
  const setParams = useSetParams();
  const mayTest = useMay('analyst');
  const titles = useRuleTitles();
  if (open !== '') return <RulePage key={open} id={open} titles={titles} />;

  const view = VIEWS.find((each) => each === wanted) ?? 'rules';
  const dates = policy ? policyDates(policy, titles, Date.now()).length : 0;
  const labels: Record<View, string> = {
    rules: 'Rules',
    classes: 'Classes and default',
    dates: dates > 0 ? `Dates and exceptions (${dates})` : 'Dates and exceptions',
    pack: 'Pack',
    test: 'Test a request',
  };
  return (
    <>
      <PageHeader
        title="Rules"
        about="What is recognised, and what happens then. A mode changes only after you have seen what it would have done."
      >
        {health && (
          <Text size="xs" c="dimmed" title="The rules and policy in force">
            {health.rules.count} rules in force · <span className="mono">{health.rules.snapshot.slice(0, 12)}</span>
          </Text>
        )}
      </PageHeader>
      <Group mb="sm">
        <SegmentedControl
          aria-label="What of the rules"
          data={VIEWS.filter((each) => each !== 'test' || mayTest).map((value) => ({ value, label: labels[value] }))}
          value={view}
          onChange={(value) => setParams({ view: value === 'rules' ? '' : value, sort: '' })}
        />
      </Group>
      {view === 'rules' && <RuleTable rules={rules} />}
      {view === 'classes' && <ClassesView />}
      {view === 'dates' && <DatesView titles={titles} />}
      {view === 'pack' && <PackView />}
      {view === 'test' && (
        <Panel
          title="Test a request"
          about="Paste a request, or a request and its answer: Daylight judges it with the rules and the policy in force."
        >
          <RuleTester />
        </Panel>
      )}
    </>
  );
}
