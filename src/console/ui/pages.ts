// The pages of the console, in the order of the navigation. A page is one entry here and one folder below pages/; its code loads when it
// is opened first.

import type { Icon } from '@tabler/icons-react';
import IconActivity from '@tabler/icons-react/dist/esm/icons/IconActivity.mjs';
import IconFlag from '@tabler/icons-react/dist/esm/icons/IconFlag.mjs';
import IconHistory from '@tabler/icons-react/dist/esm/icons/IconHistory.mjs';
import IconListCheck from '@tabler/icons-react/dist/esm/icons/IconListCheck.mjs';
import IconMessageQuestion from '@tabler/icons-react/dist/esm/icons/IconMessageQuestion.mjs';
import IconRadar from '@tabler/icons-react/dist/esm/icons/IconRadar.mjs';
import IconReportAnalytics from '@tabler/icons-react/dist/esm/icons/IconReportAnalytics.mjs';
import IconSend from '@tabler/icons-react/dist/esm/icons/IconSend.mjs';
import IconServer2 from '@tabler/icons-react/dist/esm/icons/IconServer2.mjs';
import IconSettings from '@tabler/icons-react/dist/esm/icons/IconSettings.mjs';
import IconShieldSearch from '@tabler/icons-react/dist/esm/icons/IconShieldSearch.mjs';
import IconSitemap from '@tabler/icons-react/dist/esm/icons/IconSitemap.mjs';
import IconSunHigh from '@tabler/icons-react/dist/esm/icons/IconSunHigh.mjs';
import IconUsers from '@tabler/icons-react/dist/esm/icons/IconUsers.mjs';
import { type ComponentType, lazy } from 'react';
import type { Role } from '../../account.ts';
import { useNewFindings } from './pages/findings/use-new-findings.ts';
import { useWaitingRequests } from './pages/requests/use-waiting-requests.ts';

export const SECTIONS = ['Watch', 'Decide', 'Report', 'Appliance'] as const;

export interface PageEntry {
  path: string;
  title: string;
  section: (typeof SECTIONS)[number];
  icon: Icon;
  /** Second key of the shortcut that opens it: g, then this. */
  letter: string;
  /** Weakest role that may see it; absent: everybody. */
  role?: Role;
  component: PageComponent;
  /** A hook that gives the number beside the entry, for what waits for somebody. */
  useCount?: () => number | undefined;
  /** What that number counts. */
  countMeans?: string;
}

/** A component that is loaded when it is shown first, or when it is known that it will be. */
interface PageComponent {
  /** Loads it. Never fails: a fault shows when the page is opened. */
  preload(): Promise<void>;
  /** The component itself once it is loaded: what is lazy shows nothing at first, and React then waits before it shows the rest. */
  get(): ComponentType;
}

function page(load: () => Promise<ComponentType>): PageComponent {
  const component = lazy(async () => ({ default: await load() }));
  let loaded: ComponentType | undefined;
  const preload = (): Promise<void> =>
    load().then(
      (found) => {
        loaded = found;
      },
      () => {},
    );
  return { preload, get: () => loaded ?? component };
}

export const PAGES: readonly PageEntry[] = [
  {
    path: '/',
    title: 'Overview',
    section: 'Watch',
    icon: IconSunHigh,
    letter: 'o',
    component: page(async () => (await import('./pages/overview/overview-page.tsx')).OverviewPage),
  },
  {
    path: '/activity',
    title: 'Activity',
    section: 'Watch',
    icon: IconActivity,
    letter: 'a',
    component: page(async () => (await import('./pages/activity/activity-page.tsx')).ActivityPage),
  },
  {
    path: '/dlp',
    title: 'DLP',
    section: 'Watch',
    icon: IconShieldSearch,
    letter: 'd',
    component: page(async () => (await import('./pages/dlp/dlp-page.tsx')).DlpPage),
  },
  {
    path: '/users',
    title: 'Users',
    section: 'Watch',
    icon: IconUsers,
    letter: 'u',
    component: page(async () => (await import('./pages/users/users-page.tsx')).UsersPage),
  },
  {
    path: '/map',
    title: 'Map',
    section: 'Watch',
    icon: IconSitemap,
    letter: 'm',
    component: page(async () => (await import('./pages/map/map-page.tsx')).MapPage),
  },
  {
    path: '/findings',
    title: 'Findings',
    section: 'Decide',
    icon: IconFlag,
    letter: 'f',
    component: page(async () => (await import('./pages/findings/findings-page.tsx')).FindingsPage),
    useCount: useNewFindings,
    countMeans: 'New since you last said that you have looked',
  },
  {
    path: '/requests',
    title: 'Requests',
    section: 'Decide',
    icon: IconMessageQuestion,
    letter: 'q',
    component: page(async () => (await import('./pages/requests/requests-page.tsx')).RequestsPage),
    useCount: useWaitingRequests,
    countMeans: 'Waiting for an answer',
  },
  {
    path: '/servers',
    title: 'Servers',
    section: 'Decide',
    icon: IconServer2,
    letter: 's',
    component: page(async () => (await import('./pages/servers/servers-page.tsx')).ServersPage),
  },
  {
    path: '/rules',
    title: 'Rules',
    section: 'Decide',
    icon: IconListCheck,
    letter: 'r',
    component: page(async () => (await import('./pages/rules/rules-page.tsx')).RulesPage),
  },
  {
    path: '/policy',
    title: 'Policy',
    section: 'Decide',
    icon: IconHistory,
    letter: 'p',
    component: page(async () => (await import('./pages/policy/policy-page.tsx')).PolicyPage),
  },
  {
    path: '/reports',
    title: 'Reports',
    section: 'Report',
    icon: IconReportAnalytics,
    letter: 'e',
    component: page(async () => (await import('./pages/reports/reports-page.tsx')).ReportsPage),
  },
  {
    path: '/audit',
    title: 'Audit',
    section: 'Report',
    icon: IconHistory,
    letter: 'l',
    component: page(async () => (await import('./pages/audit/audit-page.tsx')).AuditPage),
  },
  {
    path: '/sinks',
    title: 'Sinks',
    section: 'Appliance',
    icon: IconSend,
    letter: 'k',
    component: page(async () => (await import('./pages/sinks/sinks-page.tsx')).SinksPage),
  },
  {
    path: '/coverage',
    title: 'Coverage',
    section: 'Appliance',
    icon: IconRadar,
    letter: 'v',
    component: page(async () => (await import('./pages/coverage/coverage-page.tsx')).CoveragePage),
  },
  {
    path: '/settings',
    title: 'Settings',
    section: 'Appliance',
    icon: IconSettings,
    letter: 'c',
    component: page(async () => (await import('./pages/settings/settings-page.tsx')).SettingsPage),
  },
];
