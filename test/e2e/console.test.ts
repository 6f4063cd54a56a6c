// The console as a person uses it, in a real Chromium, over a real appliance: signing in, a client caught while one watches, the evidence,
// the approval, the next call, a rule switched to block after its simulation, and the trace of it all. Once in light, once in dark.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { ProxyAgent } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { buildUi } from '../../src/console/build-ui.ts';
import { processIdentity } from '../../src/store/process-identity.ts';
import type { SpoolEvent } from '../../src/store/segment.ts';
import { openSpool } from '../../src/store/spool.ts';
import { auditEvent, flowEvent, mcpCallEvent, uuid7 } from '../store/sample-event.ts';
import { type Appliance, startAppliance, until } from './appliance.ts';
import { launchChromium } from './chromium.ts';
import { type ClientReport, failed, sdk1 } from './clients/mcp-clients.ts';
import { fetchBy } from './doors.ts';
import { sessionServer } from './servers/session-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';
import { type WatchedPage, watchPage } from './watched-page.ts';

/** What nobody approved is blocked on these two, and logged elsewhere. */
const WATCHED = { traffic: 'shadow', mode: 'block', hosts: ['light.localhost', 'dark.localhost'] };
const RULES = { light: 'MCP session opened with initialize', dark: 'MCP method called over JSON-RPC' };
const PAGES_WITH_DATA = ['Activity', 'DLP', 'Users', 'Findings', 'Servers', 'Audit'];
const PASSWORD = 'correct horse battery';

let appliance: Appliance;
let browser: Browser;
const servers = new Map<string, TestServer>();
let watched: WatchedPage | undefined;

async function callServer(name: string): Promise<ClientReport> {
  const dispatcher = new ProxyAgent({ uri: appliance.proxyUrl, requestTls: { ca: readFileSync(appliance.caFile, 'utf8') } });
  const through = fetchBy(dispatcher);
  const report = await sdk1(`${servers.get(name)?.origin}/mcp`, { fetch: through }).catch(failed);
  await dispatcher.close();
  return report;
}

beforeAll(async () => {
  await buildUi();
  [appliance, browser] = await Promise.all([
    startAppliance({ rules: { 'local/modes.yml': stringify({ modes: [WATCHED] }) } }),
    launchChromium(),
  ]);
  for (const name of ['light', 'dark', 'elsewhere'])
    servers.set(name, await serveTls(appliance, `${name}.localhost`, sessionServer(name, { json: true })));
  expect(await callServer('elsewhere')).toMatchObject({ ok: true });
});
afterEach(async () => {
  await watched?.close();
  watched = undefined;
});
afterAll(async () => {
  await browser?.close();
  for (const server of servers.values()) server.close();
  await appliance?.stop();
});

/** The first administrator comes by the link that the appliance wrote; later the account is there. */
async function signIn({ page }: WatchedPage): Promise<void> {
  const link = join(appliance.dir, 'data/admin-invite');
  const first = existsSync(link);
  await page.goto(first ? readFileSync(link, 'utf8').trim() : appliance.consoleUrl);
  await page.getByLabel('Name').fill('ana');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  if (first) await page.getByLabel('Password again').fill(PASSWORD);
  await page.getByRole('button', { name: first ? 'Continue' : 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
}

const pageLink = ({ page }: WatchedPage, name: string) => page.getByRole('navigation').getByRole('link', { name });

describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
  test('a client is caught while one watches, its server approved, a rule switched to block, and the audit log tells', async () => {
    watched = await watchPage(browser, { scheme });
    const { page, faults, inspect } = watched;
    await signIn(watched);
    await inspect('overview');

    await pageLink(watched, 'Activity').click();
    await page.getByRole('radiogroup', { name: 'What to show' }).getByText('Live').click();
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    expect(await callServer(scheme)).toMatchObject({ ok: false, text: expect.stringContaining('Blocked by Daylight') });
    const table = page.getByRole('grid', { name: /Recorded exchanges/ });
    const caught = table
      .getByRole('row')
      .filter({ hasText: `${scheme}.localhost` })
      .filter({ hasText: 'blocked' })
      .first();
    await caught.waitFor();
    await inspect('activity, live');
    for (const name of ['Export', 'Account of ana']) {
      await page.getByRole('button', { name }).click();
      await page.getByRole('menuitem').first().waitFor();
      await inspect(`menu ${name}, open`);
      await page.keyboard.press('Escape');
      await page.getByRole('menu').waitFor({ state: 'detached' });
    }
    await caught.click();

    const drawer = page.getByRole('dialog');
    await drawer.getByText('nobody approved').first().waitFor();
    await drawer.getByText('signal is').first().waitFor();
    await inspect('evidence');
    await drawer.getByRole('button', { name: 'Approve …' }).click();
    const approval = page.getByRole('dialog', { name: 'Approve a server' });
    await approval.getByLabel('Why?').fill(`reviewed in ${scheme}`);
    await inspect('approval');
    await approval.getByRole('button', { name: 'Approve', exact: true }).click();
    await approval.waitFor({ state: 'detached' });
    await until(
      () => callServer(scheme),
      ({ ok }) => ok,
    );
    await drawer.getByLabel('Close').click();
    await table
      .getByRole('row')
      .filter({ hasText: `${scheme}.localhost` })
      .filter({ hasText: 'allowed' })
      .first()
      .waitFor();

    await pageLink(watched, 'Rules').click();
    await inspect('rules');
    await page
      .getByRole('radiogroup', { name: `Mode of ${RULES[scheme]}` })
      .getByText('block', { exact: true })
      .click();
    const change = page.getByRole('dialog', { name: 'Change the mode to block' });
    await change.getByText('that pass today would have been blocked').waitFor();
    await inspect('simulation');
    await change.getByLabel('Why?').fill(`tried in ${scheme}`);
    await change.getByRole('button', { name: 'Set to block' }).click();
    await change.waitFor({ state: 'detached' });

    await pageLink(watched, 'Audit').click();
    for (const reason of [`reviewed in ${scheme}`, `tried in ${scheme}`]) {
      await page.getByRole('row').filter({ hasText: reason }).first().waitFor();
    }
    await inspect('audit');

    await pageLink(watched, 'Findings').click();
    await page.getByRole('grid', { name: 'Findings' }).focus();
    await page.keyboard.press('Space');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('Control+a');
    await inspect('findings, selected');
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await page.getByText(/\d+ findings? changed/).waitFor();

    await pageLink(watched, 'Policy').click();
    await page.getByText(/^Approvals/).click();
    await page
      .getByRole('row')
      .filter({ hasText: `${scheme}.localhost` })
      .getByRole('button', { name: 'Take back …' })
      .click();
    const back = page.getByRole('dialog', { name: 'Take the approval back' });
    await back.getByLabel('Why?').fill(`over in ${scheme}`);
    await inspect('approval taken back');
    await back.getByRole('button', { name: 'Take it back' }).click();
    await back.waitFor({ state: 'detached' });
    await until(
      () => callServer(scheme),
      ({ ok }) => !ok,
    );
    expect(faults).toEqual([]);
  });
});

/** What attackers would have shown: markup, a link, a formula, a change of the direction of writing, and a name that is very long. */
const MARKUP = '<img src=x onerror="window.hit=1">';
const NASTY = `${MARKUP}=cmd()|\u202etxt.exe\u2066[a](javascript:window.hit=1)`;

async function spoolHostile(): Promise<void> {
  const ts = Date.now() - 5_000;
  const server_key = `https://${NASTY}.example/mcp`;
  const user_id = `${NASTY}@example.com`;
  const parent_id = uuid7(ts);
  const shared = { ts, sensor: NASTY, user_id, dst_host: `${NASTY}.example`, server_key, mcp_method: NASTY, mcp_tool: NASTY };
  const texts = {
    title: NASTY,
    description: `${NASTY} ${'long '.repeat(300)}`,
    input_schema: `{"x":"${MARKUP}"}`,
    output_schema: '',
  };
  const events: SpoolEvent[] = [
    flowEvent({
      ...{ ...shared, event_id: parent_id, url: `${server_key}?q=${NASTY}`, path: `/${NASTY}`, user_agent: NASTY, reason: NASTY },
      ...{
        mcp_server_name: NASTY,
        mcp_client_name: NASTY,
        mcp_resource: NASTY,
        content_type: NASTY,
        excerpt: `{"a":"${NASTY}"}`,
      },
      ...{ rules: [NASTY], signals: [NASTY], policy_step: NASTY, policy_id: NASTY, dlp_count: 1, mcp_session_id: NASTY },
    }),
    mcpCallEvent({ ...shared, parent_id, tool: NASTY, client_name: NASTY, error: NASTY, excerpt: NASTY }),
    {
      ...{ kind: 'tool_seen', ts, event_id: uuid7(ts), tenant: 'default', sensor: NASTY, server_key, tool: NASTY, ...texts },
      ...{ annotations: NASTY, tool_hash: NASTY, checks: ['hidden-text'], evidence: [NASTY], flow_id: parent_id },
    },
    {
      ...{ kind: 'dlp_match', ...shared, event_id: uuid7(ts), tenant: 'default', parent_id, parent_kind: 'http_flow' },
      ...{
        user_groups: [NASTY],
        traffic: 'shadow',
        direction: 'request',
        detector: 'iban',
        category: 'financial',
        severity: 'high',
      },
      ...{ confidence: 'high', validated: 1, field: NASTY, offset: 0, length: 4, decoded: '', match_hash: 'h', masked: NASTY },
      ...{ action: 'log', disposition: 'logged', policy_id: 'sensitive-data', evidence: '' },
    },
    auditEvent({ actor: NASTY, action: NASTY, object_type: NASTY, object_id: NASTY, reason: NASTY, before: NASTY, after: NASTY }),
  ];
  const dir = join(appliance.dir, 'data/spool');
  const spool = openSpool({ dir, writer: processIdentity('test'), onError: (error) => expect.fail(error.message) });
  for (const event of events) spool.append(event);
  await spool.close();
  await appliance.events((stored) => stored.some(({ event_id }) => event_id === parent_id));
  // The ledger of tools raises a finding of its own.
  const findings = async () => (await appliance.cli('findings', 'list', '--json')).stdout;
  await until(findings, (lines) => lines.includes('hidden-text'));
}

test('what attackers wrote is shown as text, wherever it is shown', async () => {
  await spoolHostile();
  watched = await watchPage(browser, { scheme: 'light' });
  const { page, faults } = watched;
  await signIn(watched);
  const visited = async (): Promise<void> => {
    const where = page.url();
    expect(await page.locator('main img, [role=dialog] img').count(), where).toBe(0);
    expect(await page.locator('a[href]:not([href^="/"]):not([href="#main"])').count(), where).toBe(0);
    expect((await page.locator('main, [role=dialog]').allTextContents()).join(), where).not.toMatch(
      /[\u202a-\u202e\u2066-\u2069]/,
    );
    expect(await page.evaluate('"hit" in window'), where).toBe(false);
  };
  const shown: string[] = [];
  for (const name of PAGES_WITH_DATA) {
    await pageLink(watched, name).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.getByText(MARKUP).first().waitFor();
    await visited();
    const rows: Locator = page.getByRole('row').filter({ hasText: MARKUP });
    for (let at = 0; at < (await rows.count()); at++) {
      await rows.nth(at).click();
      await page.getByText(MARKUP).first().waitFor();
      // The drawer opens with what the row says; the rest is read then.
      if (name === 'Activity') await page.getByRole('heading', { name: 'Signals' }).waitFor();
      await visited();
      for (const tab of await page.getByRole('dialog').getByRole('tab').all()) {
        await tab.click();
        await visited();
      }
      shown.push(name);
      await page.goBack();
      await rows.first().waitFor();
    }
  }
  expect(shown).toEqual(expect.arrayContaining(['Activity', 'Servers', 'Audit']));
  expect(faults).toEqual([]);
});
