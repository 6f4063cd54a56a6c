// Makes an API token with a role that its maker has too.

import { Select, Text } from '@mantine/core';
import { useState } from 'react';
import { ROLES, type Role, reaches } from '../../../../account.ts';
import type { TokenItem } from '../../../api/shapes.ts';
import { useSession } from '../../api/session.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { NewTokenDialog } from './new-token-dialog.tsx';
import { ROLE_WORDS } from './role-words.ts';

type Made = TokenItem & { token: string };

export function TokenDialog({ onClose }: { onClose: () => void }) {
  const [role, setRole] = useState<Role>('viewer');
  const { user } = useSession();
  return (
    <NewTokenDialog<Made>
      title="New API token"
      path="/tokens"
      name={{
        label: 'Name',
        description: 'What it is for, so that you know later whether it is still needed.',
        missing: 'Give it a name.',
      }}
      fields={() => (
        <Select
          label="Role"
          description={ROLE_WORDS[role]}
          data={ROLES.filter((each) => reaches(user.role, each))}
          value={role}
          onChange={(value) => value && setRole(value as Role)}
          allowDeselect={false}
        />
      )}
      wish={{ role }}
      shown={{
        title: 'Your new token',
        label: 'API token',
        use: ({ token }) => (
          <>
            <Text size="sm">Programs send it with each request:</Text>
            <CodeBlock text={`curl -H 'Authorization: Bearer ${token}' ${location.origin}/api/overview`} label="How to use it" />
          </>
        ),
      }}
      onClose={onClose}
    />
  );
}
