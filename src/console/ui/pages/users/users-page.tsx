// Who uses MCP: people of the span, and one of them in place of the list.

import { FilterBar } from '../../parts/filter-bar.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { useParam } from '../../state/use-url.ts';
import { PersonPage } from './person-page.tsx';
import { UserTable } from './user-table.tsx';

const QUICK = [
  { label: 'On shadow servers', term: 'traffic:shadow' },
  { label: 'Around the portal', term: 'traffic:bypass' },
  { label: 'On the portal', term: 'traffic:portal' },
  { label: 'Blocked', term: 'disposition:blocked' },
  { label: 'DLP findings', term: 'dlp:>0' },
];

export function UsersPage() {
  const [open] = useParam('open');
  if (open !== '') return <PersonPage user={open} />;
  return (
    <>
      <PageHeader
        title="Users"
        about="Who uses MCP, where, and what was stopped. People who were not identified go by their address."
      />
      <FilterBar quick={QUICK} />
      <UserTable />
    </>
  );
}
