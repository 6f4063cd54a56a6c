// The shipped rule pack: which one is in force, where this installation differs from it, and what each upgrade changed.

import { Anchor, Table, Text, UnstyledButton } from '@mantine/core';
import { Link } from 'wouter';
import type { PackDifference, RulePackItem, RulePackReport } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { TwoColumns } from '../../parts/two-columns.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress, useParam } from '../../state/use-url.ts';
import { counted, plain } from '../../text/format.ts';
import { PackDrawer } from './pack-drawer.tsx';

const KINDS: Readonly<Record<PackDifference['kind'], string>> = {
  'own-rule': 'a rule of your own',
  'own-detector': 'a detector of your own',
  mode: 'another mode',
  'switched-off': 'switched off',
  excepted: 'exceptions',
};

/** Of the rules that one line of policy is about. */
const SHOWN = 3;

export function PackView() {
  const pack = useRead<RulePackReport>('/rules/pack', {}, { ranged: false, everySeconds: 60 });
  const [shown, setShown] = useParam('pack');
  return (
    <Loaded asked={pack}>
      {(report) => (
        <>
          <TwoColumns
            main={
              <Panel
                title="Where this installation differs from the pack"
                about="Shipped files stay as they are. What you change is in rules/local, and an upgrade leaves it alone."
              >
                <Differences differences={report.differences} />
              </Panel>
            }
            side={
              <>
                <Panel title="Pack in force">
                  <PackFacts report={report} />
                </Panel>
                <Panel
                  title="Packs that ran here"
                  about="An upgrade of Daylight, or an edit of a shipped file, makes another one. Open it to see what changed."
                >
                  <Packs history={report.history} onOpen={(number) => setShown(String(number))} />
                </Panel>
              </>
            }
          />
          {/^\d+$/.test(shown) && <PackDrawer key={shown} number={Number(shown)} onClose={() => setShown('')} />}
        </>
      )}
    </Loaded>
  );
}

function PackFacts({ report: { current, rules, detectors } }: { report: RulePackReport }) {
  return (
    <Facts
      facts={[
        ['Version', current?.version],
        [
          'Content',
          current && (
            <span key="id" className="mono">
              {current.id}
            </span>
          ),
        ],
        ['In force since', current && <Time key="time" at={current.time} form="full" />],
        ['First run by', current && `Daylight ${current.daylight}`],
        ['Rules', plain(rules)],
        ['DLP detectors', plain(detectors)],
      ]}
    />
  );
}

function Differences({ differences }: { differences: readonly PackDifference[] }) {
  const address = usePageAddress();
  if (differences.length === 0)
    return (
      <EmptyState title="Nothing differs">
        The rules in force are the shipped ones, in their default mode. Rules of your own go into <code>rules/local/rules</code>,
        detectors into <code>rules/local/dlp</code>.
      </EmptyState>
    );
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': 'Differences' } }}>
      <Table fz="sm" verticalSpacing={7}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Rule or detector</Table.Th>
            <Table.Th>What</Table.Th>
            <Table.Th>Where</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {differences.map(({ kind, about, text, file }) => (
            <Table.Tr key={`${kind} ${text} ${file}`}>
              <Table.Td>
                {about.slice(0, SHOWN).map(({ id, title }) => (
                  <div key={id}>
                    {kind === 'own-detector' ? (
                      <Untrusted text={title} />
                    ) : (
                      <Anchor component={Link} href={address('/rules', { open: id })} size="sm">
                        <Untrusted text={title} />
                      </Anchor>
                    )}
                  </div>
                ))}
                {about.length > SHOWN && (
                  <Text size="xs" c="dimmed">
                    and {counted(about.length - SHOWN, 'more rule')}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                {KINDS[kind]}
                {text !== '' && (
                  <Text size="xs" c="dimmed">
                    <Untrusted text={text} />
                  </Text>
                )}
              </Table.Td>
              <Table.Td className="mono">
                <Untrusted text={file} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Packs({ history, onOpen }: { history: readonly RulePackItem[]; onOpen: (number: number) => void }) {
  if (history.length === 0)
    return (
      <Text size="sm" c="dimmed">
        None is kept: the log of the appliance says why.
      </Text>
    );
  return (
    <Table fz="sm" verticalSpacing={6}>
      <Table.Tbody>
        {history.map(({ number, version, id, time }) => (
          <Table.Tr key={number}>
            <Table.Td>
              <UnstyledButton onClick={() => onOpen(number)} fz="sm" c="var(--mantine-color-anchor)">
                {version} <span className="mono">{id.slice(0, 8)}</span>
              </UnstyledButton>
            </Table.Td>
            <Table.Td ta="right">
              <Time at={time} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
