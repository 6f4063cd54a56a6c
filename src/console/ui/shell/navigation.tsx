// The pages by section, with what waits for somebody beside them.

import { AppShell, ScrollArea, Tooltip, VisuallyHidden } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import { useMay, useSession } from '../api/session.ts';
import { PAGES, type PageEntry, SECTIONS } from '../pages.ts';
import { Untrusted } from '../parts/untrusted.tsx';
import { usePageAddress } from '../state/use-url.ts';
import { compact } from '../text/format.ts';
import classes from './shell.module.css';
import { useShortcut } from './shortcuts.tsx';

export function Navigation({ onGo }: { onGo: () => void }) {
  const { sensor, version } = useSession();
  return (
    <>
      <AppShell.Section grow component={ScrollArea}>
        <nav aria-label="Pages">
          {SECTIONS.map((section) => (
            <Section key={section} title={section} pages={PAGES.filter((page) => page.section === section)} onGo={onGo} />
          ))}
        </nav>
      </AppShell.Section>
      <AppShell.Section className={classes.foot}>
        <Untrusted text={sensor} cut />
        Daylight {version}
      </AppShell.Section>
    </>
  );
}

function Section({ title, pages, onGo }: { title: string; pages: readonly PageEntry[]; onGo: () => void }) {
  if (pages.length === 0) return null;
  return (
    <>
      <div className={classes.section}>{title}</div>
      {pages.map((page) => (
        <Entry key={page.path} page={page} onGo={onGo} />
      ))}
    </>
  );
}

const noCount = () => undefined;

function Entry({ page, onGo }: { page: PageEntry; onGo: () => void }) {
  const { path, title, icon: Glyph, letter, role = 'viewer', useCount = noCount, countMeans = 'Waiting' } = page;
  const [current, navigate] = useLocation();
  const address = usePageAddress();
  const may = useMay(role);
  const count = useCount();
  useShortcut(`g ${letter}`, `Go to ${title}`, () => may && navigate(address(path)));
  if (!may) return null;
  return (
    <Link href={address(path)} className={classes.entry} aria-current={current === path ? 'page' : undefined} onClick={onGo}>
      <Glyph size={18} stroke={1.7} aria-hidden />
      {title}
      {count !== undefined && count > 0 && (
        <Tooltip label={countMeans} position="right">
          <span className={classes.count}>
            {compact(count)}
            <VisuallyHidden> ({countMeans})</VisuallyHidden>
          </span>
        </Tooltip>
      )}
    </Link>
  );
}
