// What a printed report must say that the page around it says on a screen: the span, the filter, where it is from and who made it.

import { useSession } from '../../api/session.ts';
import { Facts } from '../../parts/facts.tsx';
import { useRange } from '../../state/use-url.ts';
import { localTime, utc } from '../../text/format.ts';
import classes from './reports.module.css';

export function PrintHead({ filter }: { filter: string }) {
  const { sensor, version, user } = useSession();
  const { resolve } = useRange();
  const { from, to } = resolve();
  const now = Date.now();
  return (
    <div className={classes.printOnly}>
      <Facts
        facts={[
          ['From', `${localTime(from, 'full', now)} (${utc(from)})`],
          ['To', `${localTime(to, 'full', now)} (${utc(to)})`],
          ['Only', filter],
          ['Appliance', `${sensor}, Daylight ${version}`],
          ['Printed', `${localTime(now, 'full', now)}, by ${user.name}`],
        ]}
      />
    </div>
  );
}
