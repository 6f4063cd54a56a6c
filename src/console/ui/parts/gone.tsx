// What an address names is not there (any more), or cannot be loaded: with a heading, so that the page has one.

import { visibleText } from '../../../engine/inventory/visible-text.ts';
import { ApiError } from '../api/client.ts';
import { EmptyState } from './empty-state.tsx';
import { ErrorState } from './error-state.tsx';
import { PageHeader } from './page-header.tsx';

interface GoneProps {
  /** What was asked for, as the address has it. */
  name: string;
  asked: { error: unknown; refetch: () => unknown };
  /** What to do when there is no such thing. */
  advice: string;
}

const LONGEST = 80;

export function Gone({ name, asked: { error, refetch }, advice }: GoneProps) {
  const isUnknown = error instanceof ApiError && error.status === 404;
  return (
    <>
      <PageHeader title={visibleText(name).slice(0, LONGEST)} />
      {isUnknown ? (
        <EmptyState title="Nothing is known of this">{advice}</EmptyState>
      ) : (
        <ErrorState error={error} retry={refetch} />
      )}
    </>
  );
}
