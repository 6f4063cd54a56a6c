// The header: where one is in time, search, and what concerns the appliance or oneself.

import { ActionIcon, Burger, Menu, Text, TextInput, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import IconKeyboard from '@tabler/icons-react/dist/esm/icons/IconKeyboard.mjs';
import IconLogout from '@tabler/icons-react/dist/esm/icons/IconLogout.mjs';
import IconMoon from '@tabler/icons-react/dist/esm/icons/IconMoon.mjs';
import IconRefresh from '@tabler/icons-react/dist/esm/icons/IconRefresh.mjs';
import IconSearch from '@tabler/icons-react/dist/esm/icons/IconSearch.mjs';
import IconSun from '@tabler/icons-react/dist/esm/icons/IconSun.mjs';
import IconUser from '@tabler/icons-react/dist/esm/icons/IconUser.mjs';
import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { callApi } from '../api/client.ts';
import { useEnterSession, useSession } from '../api/session.ts';
import { PAGES } from '../pages.ts';
import { Untrusted } from '../parts/untrusted.tsx';
import { usePageAddress } from '../state/use-url.ts';
import { PauseButton } from './pause.tsx';
import { RangePicker } from './range-picker.tsx';
import classes from './shell.module.css';
import { useShortcut, useShortcutHelp } from './shortcuts.tsx';
import { SunMark } from './sun-mark.tsx';

export function Header({ navOpened, onNav }: { navOpened: boolean; onNav: () => void }) {
  const address = usePageAddress();
  return (
    <div className={classes.bar}>
      <Burger opened={navOpened} onClick={onNav} hiddenFrom="md" size="sm" aria-label="Navigation" />
      <Link href={address('/')} className={classes.brand}>
        <SunMark />
        Daylight
      </Link>
      <RangePicker />
      <Search />
      <div className={classes.gap} />
      <PauseButton />
      <RefreshButton />
      <SchemeButton />
      <HelpButton />
      <UserMenu />
    </div>
  );
}

/** Looks for words in everything that was recorded. The filter language works here, too. */
function Search() {
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const [, navigate] = useLocation();
  const address = usePageAddress();
  useShortcut('/', 'Search', () => input.current?.focus());
  function search(event: FormEvent): void {
    event.preventDefault();
    if (text.trim() !== '') navigate(address('/activity', { filter: text.trim() }));
    setText('');
    input.current?.blur();
  }
  return (
    <search className={classes.search}>
      <form onSubmit={search}>
        <TextInput
          ref={input}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          placeholder="Search hosts, tools, users …"
          aria-label="Search activity"
          leftSection={<IconSearch size={16} aria-hidden />}
          size="xs"
          visibleFrom="sm"
        />
      </form>
    </search>
  );
}

function RefreshButton() {
  const client = useQueryClient();
  const fetching = useIsFetching() > 0;
  const refresh = () => void client.invalidateQueries();
  useShortcut('r', 'Load again', refresh);
  return (
    <Tooltip label="Load again (r)">
      <ActionIcon variant="subtle" color="gray" aria-label="Load again" onClick={refresh} visibleFrom="sm" loading={fetching}>
        <IconRefresh size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

function SchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  return (
    <Tooltip label={dark ? 'Light' : 'Dark'}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={dark ? 'Use light colours' : 'Use dark colours'}
        onClick={() => setColorScheme(dark ? 'light' : 'dark')}
      >
        {dark ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}

function HelpButton() {
  const showHelp = useShortcutHelp();
  return (
    <Tooltip label="Keyboard shortcuts (?)">
      <ActionIcon variant="subtle" color="gray" aria-label="Keyboard shortcuts" onClick={showHelp} visibleFrom="sm">
        <IconKeyboard size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

function UserMenu() {
  const { user } = useSession();
  const enter = useEnterSession();
  const address = usePageAddress();
  const settings = PAGES.find(({ path }) => path === '/settings');
  async function signOut(): Promise<void> {
    await callApi('/session', { method: 'DELETE' }).catch(() => {});
    enter(undefined);
  }
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Account of ${user.name}`}>
          <IconUser size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600} c="var(--mantine-color-text)">
            <Untrusted text={user.name} />
          </Text>
          {user.role}
        </Menu.Label>
        {settings && (
          <Menu.Item component={Link} href={address('/settings')}>
            Settings
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void signOut()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
