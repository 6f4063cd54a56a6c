// What surrounds every page: navigation, header, notice of a pause, and the page itself.

import { AppShell, Button, Center, Loader } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useEffect, useRef, useState } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { useMay, useSession } from '../api/session.ts';
import { PAGES, type PageEntry } from '../pages.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Fence } from './fence.tsx';
import { Header } from './header.tsx';
import { Navigation } from './navigation.tsx';
import { PauseNotice } from './pause.tsx';
import classes from './shell.module.css';

export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);

  // Whoever goes to another page by keyboard or by ear starts at its head.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what it happens after
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 204, breakpoint: 'md', collapsed: { mobile: !opened } }}
      padding={0}
      withBorder={false}
      transitionDuration={0}
    >
      <a href="#main" className={classes.skip}>
        Skip to the page
      </a>
      <AppShell.Header className={classes.header}>
        <Header navOpened={opened} onNav={toggle} />
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar}>
        <Navigation onGo={close} />
      </AppShell.Navbar>
      <AppShell.Main id="main" ref={main} tabIndex={-1} className={classes.main}>
        <PauseNotice />
        <div className={classes.page}>
          <Fence key={path}>
            <Suspense fallback={<Waiting />}>
              <Switch>
                {PAGES.map((page) => (
                  <Route key={page.path} path={page.path}>
                    <Guarded page={page} />
                  </Route>
                ))}
                <Route>
                  <Unknown />
                </Route>
              </Switch>
            </Suspense>
          </Fence>
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

function Guarded({ page }: { page: PageEntry }) {
  const { user } = useSession();
  const may = useMay(page.role ?? 'viewer');
  // The same as long as the page is open: another one would begin anew.
  const [Page] = useState(page.component.get);
  if (may) return <Page />;
  return (
    <EmptyState title={`${page.title}: not for your role`} main>
      {page.title} is for the role {page.role}; yours is {user.role}. An administrator can change that.
    </EmptyState>
  );
}

function Waiting() {
  return (
    <Center py={120}>
      <Loader size="sm" role="status" aria-label="Loading" />
    </Center>
  );
}

function Unknown() {
  const [, navigate] = useLocation();
  return (
    <EmptyState title="There is no such page" main>
      <p>The address may be mistyped, or from another version.</p>
      <Button variant="default" onClick={() => navigate('/')}>
        To the overview
      </Button>
    </EmptyState>
  );
}
