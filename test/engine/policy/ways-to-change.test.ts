import { expect, test } from 'vitest';
import { type Judged, waysToChange } from '../../../src/engine/policy/ways-to-change.ts';

const RULE = '62f746b4-84e6-4ceb-95bd-447e7184d454';
const URL_ = 'https://tools.example/mcp';
const shadow: Judged = {
  traffic: 'shadow',
  action: 'log',
  step: 'default-mode',
  decidedBy: '',
  rules: [RULE],
  server: URL_,
  host: 'tools.example',
  servers: [],
};
const EXEMPT = 'daylight exceptions add --host tools.example --until DATE --comment WHY';

test.each<[string, Partial<Judged>, string[]]>([
  [
    'logged by the default',
    {},
    [
      `daylight servers approve ${URL_}`,
      'daylight rules mode 62f746b4 block',
      'daylight rules mode shadow block',
      'daylight rules mode shadow block --canary 10%',
    ],
  ],
  [
    'let pass by a mode',
    { action: 'allow', step: 'traffic-mode', decidedBy: 'shadow' },
    [`daylight servers approve ${URL_}`, 'daylight rules mode 62f746b4 log', 'daylight rules mode shadow log'],
  ],
  [
    'blocked by a mode',
    { action: 'block', step: 'traffic-mode', decidedBy: 'shadow' },
    [`daylight servers approve ${URL_}`, 'daylight rules mode 62f746b4 log', EXEMPT],
  ],
  ['let pass by an exception', { step: 'exception', decidedBy: 'ex-1' }, ['daylight exceptions remove ex-1']],
  [
    'blocked as a server',
    { action: 'block', step: 'server-block', decidedBy: 'https://tools.example' },
    ['daylight servers unblock https://tools.example', EXEMPT],
  ],
  [
    'let pass by a pause',
    { step: 'pause', decidedBy: '2026-12-04T12:10:00Z' },
    ['daylight resume', 'wait: the pause ends by itself at 2026-12-04T12:10:00Z'],
  ],
  [
    'approved',
    { traffic: 'approved', action: 'allow', step: 'approval', decidedBy: URL_ },
    [`daylight servers block ${URL_}`, `daylight servers unapprove ${URL_}`],
  ],
  [
    'outside an approval',
    { traffic: 'approved', action: 'block', step: 'approval', decidedBy: URL_ },
    [`allow the tool or method in the approval of ${URL_} (rules/local/approved.yml)`, EXEMPT],
  ],
  [
    'a portal',
    { traffic: 'portal', action: 'allow', step: 'approval', decidedBy: URL_ },
    ['remove the portal from rules/local/approved.yml'],
  ],
  [
    'a bypass',
    { traffic: 'bypass' },
    [
      `daylight servers approve ${URL_} --via direct`,
      'reach it through the portal',
      'daylight rules mode 62f746b4 block',
      'daylight rules mode bypass block',
      'daylight rules mode bypass block --canary 10%',
    ],
  ],
  [
    'hosted: the servers in question, not the model API',
    { traffic: 'hosted', server: 'https://api.vendor.example/v1/responses', servers: [URL_, 'connector_gmail'] },
    [
      `daylight servers approve ${URL_}`,
      'daylight servers approve name:connector_gmail',
      'daylight rules mode 62f746b4 block',
      'daylight rules mode hosted block',
      'daylight rules mode hosted block --canary 10%',
    ],
  ],
  [
    'attached: by name',
    { traffic: 'attached', server: 'https://api.vendor.example/v1/messages', servers: ['files'] },
    [
      'daylight servers approve name:files',
      'daylight rules mode 62f746b4 block',
      'daylight rules mode attached block',
      'daylight rules mode attached block --canary 10%',
    ],
  ],
  [
    'an install',
    { traffic: 'install' },
    ['daylight rules mode 62f746b4 block', 'daylight rules mode install block', 'daylight rules mode install block --canary 10%'],
  ],
  [
    'switched off',
    { traffic: 'none', action: 'allow', step: 'rule-mode', decidedBy: RULE },
    ['daylight rules mode 62f746b4 log'],
  ],
  [
    'nothing seen',
    { traffic: 'none', action: 'allow', step: 'none', rules: [] },
    ['nothing of MCP was seen; a new signal or rule would be needed'],
  ],
  ['a fault', { action: 'allow', step: 'error' }, ['this was a fault of Daylight; the log has the details']],
])('%s', (_, judged, ways) => expect(waysToChange({ ...shadow, ...judged })).toEqual(ways));
