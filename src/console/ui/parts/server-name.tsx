// A server as people know it: what it calls itself, and its key (origin and path), which is what counts. A name is only a claim.

import { Anchor } from '@mantine/core';
import type { MouseEvent } from 'react';
import { Link } from 'wouter';
import { usePageAddress } from '../state/use-url.ts';
import { Untrusted } from './untrusted.tsx';

interface ServerNameProps {
  serverKey: string;
  /** What the server says of itself. */
  name?: string;
  /** A link to its page in the inventory. Default: true. */
  linked?: boolean;
}

/** A click on the link is none on the row around it. */
const stop = (event: MouseEvent): void => event.stopPropagation();

export function ServerName({ serverKey, name = '', linked = true }: ServerNameProps) {
  const address = usePageAddress();
  if (serverKey === '') return <Untrusted text={name === '' ? 'unknown' : name} cut />;
  const key = <Untrusted text={serverKey.replace(/^https:\/\//, '')} mono cut />;
  return (
    <span style={{ minWidth: 0, display: 'block' }}>
      {linked ? (
        <Anchor inherit component={Link} href={address('/servers', { open: serverKey })} onClick={stop}>
          {key}
        </Anchor>
      ) : (
        key
      )}
      {name !== '' && (
        <small style={{ color: 'var(--mantine-color-dimmed)' }}>
          <Untrusted text={name} cut />
        </small>
      )}
    </span>
  );
}
