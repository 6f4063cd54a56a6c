// One thing of a list, as the address names it: the way back to the list, then the thing; or, with a heading, that it is not there (any
// more) or cannot be loaded.

import type { ReactNode } from 'react';
import { visibleText } from '../../../engine/inventory/visible-text.ts';
import { ApiError } from '../api/client.ts';
import { useParam } from '../state/use-url.ts';
import { EmptyState } from './empty-state.tsx';
import { ErrorState } from './error-state.tsx';
import { Loaded } from './loaded.tsx';
import { PageHeader } from './page-header.tsx';
import { WayBack } from './way-back.tsx';

interface OneOfProps<T> {
  /** Words on the way back, e.g. `All rules`. */
  list: string;
  /** What was asked for, as the address has it. */
  name: string;
  /** What `useRead` gave. */
  asked: { data: T | undefined; error: unknown; refetch: () => unknown };
  /** What to do when there is no such thing. */
  advice: string;
  children: (data: T) => ReactNode;
}

const LONGEST = 80;

export function OneOf<T>({ list, name, asked, advice, children }: OneOfProps<T>) {
  const [, setOpen] = useParam('open');
  const { data, error, refetch } = asked;
  const isUnknown = error instanceof ApiError && error.status === 404;
  return (
    <>
      <WayBack list={list} onClick={() => setOpen('')} />
      {!error || data !== undefined ? (
        <Loaded asked={asked}>{children}</Loaded>
      ) : (
        <>
          <PageHeader title={visibleText(name).slice(0, LONGEST)} />
          {isUnknown ? (
            <EmptyState title="Nothing is known of this">{advice}</EmptyState>
          ) : (
            <ErrorState error={error} retry={refetch} />
          )}
        </>
      )}
    </>
  );
}
