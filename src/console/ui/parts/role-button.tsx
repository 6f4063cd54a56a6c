// A button for something that not every role may do: for the others it stays in sight, disabled, and says why.

import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Role } from '../../../account.ts';
import { useMay, useSession } from '../api/session.ts';

interface RoleButtonProps extends ButtonProps {
  needs: Role;
  onClick: () => void;
  /** Why it cannot be done by anybody now; undefined if it can. */
  why?: string | undefined;
  children: ReactNode;
}

/** Why somebody may not; undefined if they may. */
export function useRoleReason(role: Role): string | undefined {
  const { user } = useSession();
  return useMay(role) ? undefined : `This needs the role ${role}; yours is ${user.role}.`;
}

export function RoleButton({ needs, onClick, why, children, ...rest }: RoleButtonProps) {
  const reason = useRoleReason(needs) ?? why;
  return (
    <Tooltip label={reason} disabled={reason === undefined}>
      <Button
        {...rest}
        data-disabled={reason !== undefined || undefined}
        aria-disabled={reason !== undefined || undefined}
        aria-description={reason}
        onClick={() => reason === undefined && onClick()}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
