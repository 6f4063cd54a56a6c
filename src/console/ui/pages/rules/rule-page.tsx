// One rule: what it recognises, what it did, how it is written, and a place to try it.

import { Anchor, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { visibleText } from '../../../../engine/inventory/visible-text.ts';
import type { Traffic } from '../../../../engine/verdict.ts';
import type { RuleDetails } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { useMay } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ExceptionDialog } from '../../parts/exception-dialog.tsx';
import { Facts } from '../../parts/facts.tsx';
import { LevelBadge } from '../../parts/level-badge.tsx';
import { OneOf } from '../../parts/one-of.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RoleButton } from '../../parts/role-button.tsx';
import { Time } from '../../parts/time.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { TwoColumns } from '../../parts/two-columns.tsx';
import { UseOverTime } from '../../parts/use-over-time.tsx';
import { YamlBlock } from '../../parts/yaml-block.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { counted, plain } from '../../text/format.ts';
import { type ModeAsked, ModeDialog } from './mode-dialog.tsx';
import { ModeSwitch } from './mode-switch.tsx';
import { RuleExceptions } from './rule-exceptions.tsx';
import { RuleTester } from './rule-tester.tsx';
import { modeSource } from './rule-words.ts';

export function RulePage({ id, titles }: { id: string; titles: ReadonlyMap<string, string> }) {
  const rule = useRead<RuleDetails>(`/rules/${encodeURIComponent(id)}`, {}, { everySeconds: 60 });
  return (
    <OneOf
      list="All rules"
      name={id}
      asked={rule}
      advice="No rule of the pack in force has this id. It may have been taken out, or the address is mistyped."
    >
      {(details) => <Rule rule={details} titles={titles} />}
    </OneOf>
  );
}

function Rule({ rule, titles }: { rule: RuleDetails; titles: ReadonlyMap<string, string> }) {
  const [asked, setAsked] = useState<ModeAsked>();
  const [excepts, setExcepts] = useState(false);
  const mayTest = useMay('analyst');
  const address = usePageAddress();
  const { id, title, level, traffic, mode, description, source, file, status, tags, references, samples } = rule;
  return (
    <>
      <PageHeader title={visibleText(title)} about={visibleText(description)}>
        <RoleButton needs="operator" size="xs" variant="default" onClick={() => setExcepts(true)}>
          Add an exception …
        </RoleButton>
      </PageHeader>
      <TwoColumns
        main={
          <>
            <Panel
              title="Hits"
              about={
                rule.hits === 0
                  ? 'It did not match in this time.'
                  : `${counted(rule.hits, 'request')} of ${counted(rule.users, 'user')} in this time. Drag over the chart to look closer.`
              }
              actions={
                rule.hits > 0 && (
                  <Anchor component={Link} href={address('/activity', { filter: `rule:${id}` })} size="sm">
                    Show them
                  </Anchor>
                )
              }
            >
              {rule.hits === 0 ? (
                <EmptyState title="No hit in this time">
                  Choose a longer time at the top, or try the rule on a request of yours below.
                </EmptyState>
              ) : (
                <UseOverTime label="Hits of the rule" points={rule.hitsOverTime} />
              )}
            </Panel>
            {mayTest && (
              <Panel title="Try it" about="On a request of yours, or on what was recorded.">
                <RuleTester ruleId={id} />
              </Panel>
            )}
            <Panel title="Source" about={file}>
              <YamlBlock text={source} label={`Source of ${title}`} height={520} />
            </Panel>
          </>
        }
        side={
          <>
            <Panel title="Mode">
              <Stack gap="xs">
                <Group gap={8}>
                  <ModeSwitch label={title} mode={mode} onAsk={(to) => setAsked({ target: id, title, from: mode, to })} />
                  <Text size="xs" c="dimmed">
                    {modeSource(rule)}
                  </Text>
                </Group>
                {rule.dated.map(({ mode: later, from }) => (
                  <Text size="sm" key={`${later} ${from}`}>
                    <b>{later}</b> from {from}
                  </Text>
                ))}
              </Stack>
            </Panel>
            <Panel title="About">
              <Facts
                facts={[
                  ['Class', <TrafficBadge key="class" traffic={traffic as Traffic} />],
                  ['Level', <LevelBadge key="level" level={level} />],
                  ['Status', status],
                  ['Tags', tags.join(', ')],
                  ['Last hit', <Time key="last" at={rule.lastHit} />],
                  [
                    'Id',
                    <span key="id" className="mono">
                      {id}
                    </span>,
                  ],
                ]}
              />
            </Panel>
            <Panel
              title="False positives"
              about={
                rule.falsePositives === 0
                  ? 'No exception names this rule.'
                  : `${counted(rule.falsePositives, 'exception')} in force.`
              }
            >
              <RuleExceptions rule={id} titles={titles} />
              {rule.falsePositiveNotes.length > 0 && (
                <>
                  <Text size="sm" fw={600} mt="xs">
                    Known look-alikes
                  </Text>
                  <TextList lines={rule.falsePositiveNotes} />
                </>
              )}
            </Panel>
            <Panel title="Samples" about="Every start of the tests holds the rule to them.">
              <Facts
                facts={[
                  [`Match (${plain(samples.match.length)})`, <TextList key="match" lines={samples.match} />],
                  [`Silent (${plain(samples.silent.length)})`, <TextList key="silent" lines={samples.silent} />],
                ]}
              />
            </Panel>
            {references.length > 0 && (
              <Panel title="References">
                <TextList lines={references} />
              </Panel>
            )}
          </>
        }
      />
      {asked && <ModeDialog asked={asked} onClose={() => setAsked(undefined)} />}
      {excepts && <ExceptionDialog rule={id} onClose={() => setExcepts(false)} />}
    </>
  );
}

const MOST = 12;

function TextList({ lines }: { lines: readonly string[] }) {
  return (
    <ul style={{ margin: 0, paddingLeft: 16, fontSize: 13, overflowWrap: 'anywhere' }}>
      {lines.slice(0, MOST).map((line) => (
        <li key={line}>{visibleText(line)}</li>
      ))}
      {lines.length > MOST && <li>and {plain(lines.length - MOST)} more</li>}
    </ul>
  );
}
