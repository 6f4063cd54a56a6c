// Approves a server: for whom, for which of its tools, by which road, until when, and why. An approval that is there already is changed: the
// form begins with what it says. What is left empty means everybody, every tool.

import { Anchor, Group, Radio, Select, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { visibleText } from '../../../engine/inventory/visible-text.ts';
import type { Approval } from '../../../engine/policy/schema.ts';
import type { ServerDetails } from '../../api/shapes.ts';
import { usePolicy, useSeenPolicy } from '../api/policy.ts';
import { useRead } from '../api/read.ts';
import { type ApprovalForm, approvalChange, approvalProblem, newApprovalForm, originOf } from './approval-form.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { NamesField } from './names-field.tsx';
import { ToolChoice } from './tool-choice.tsx';
import { UntilField } from './until-field.tsx';

interface ApproveDialogProps {
  /** What can be approved: URLs, or `name:NAME`. The first is meant unless the person chooses another. */
  targets: readonly string[];
  /** Who asked, to begin with. */
  user?: string;
  /** Who looks after it, as far as is known. */
  owner?: string;
  /** The approval that is to be changed. */
  known?: Approval | null | undefined;
  onClose: () => void;
}

/** Methods that people name most. */
const METHODS = ['tools/*', 'resources/*', 'prompts/*', 'completion/complete', 'logging/setLevel'];

export function ApproveDialog({ targets, user = '', owner = '', known, onClose }: ApproveDialogProps) {
  const [form, setForm] = useState(() => newApprovalForm({ url: targets[0] ?? '', owner }, known ?? undefined, Date.now()));
  const { apply } = useSeenPolicy();
  const server = useRead<ServerDetails>(
    '/servers/one',
    { key: form.url.replace(/^name:/, 'attached:') },
    { everySeconds: 0, enabled: form.url !== '' },
  );
  const groups = Object.keys(usePolicy().data?.groups.groups ?? {});
  const problem = approvalProblem(form, Date.now());
  const origin = known ? undefined : originOf(form.url);
  const set = (changes: Partial<ApprovalForm>) => setForm((before) => ({ ...before, ...changes }));

  return (
    <ConfirmDialog
      title={known ? 'Change the approval' : 'Approve a server'}
      act={known ? 'Change it' : 'Approve'}
      size="720px"
      waiting={problem}
      onClose={onClose}
      onConfirm={(comment) => apply(approvalChange(form), comment, `Approved ${visibleText(form.url)}.`)}
    >
      {targets.length > 1 ? (
        <Select
          label="Server"
          data={[...targets]}
          value={form.url}
          onChange={(url) => set({ url: url ?? '' })}
          allowDeselect={false}
        />
      ) : (
        <TextInput
          label="Server"
          description="Covers this address and what lies below it."
          classNames={{ input: 'mono' }}
          value={form.url}
          readOnly={known !== undefined && known !== null}
          onChange={(event) => set({ url: event.currentTarget.value })}
        />
      )}
      {origin && (
        <Text size="xs" c="dimmed" mt={-10}>
          <Anchor component="button" type="button" size="xs" onClick={() => set({ url: origin })}>
            Cover all of {visibleText(origin)}
          </Anchor>
        </Text>
      )}
      <Group grow align="flex-start">
        <NamesField
          label="Groups"
          names={form.groups}
          onChange={(names) => set({ groups: names })}
          hint="everybody"
          known={groups}
        />
        <NamesField
          label="Users"
          names={form.users}
          onChange={(names) => set({ users: names })}
          hint={form.groups.length > 0 ? 'nobody beside the groups' : 'everybody'}
          known={[...new Set([user, ...(server.data?.userList.map((each) => each.user) ?? [])])].filter((name) => name !== '')}
        />
      </Group>
      <ToolChoice known={(!server.isPlaceholderData && server.data?.toolList) || []} value={form} onChange={set} />
      <NamesField
        label="Methods"
        names={form.methods}
        onChange={(methods) => set({ methods })}
        hint="all; or names, or beginnings such as resources/*"
        known={METHODS}
      />
      <Group align="flex-start" gap="xl">
        <Radio.Group label="Road" value={form.via} onChange={(via) => set({ via: via === 'portal' ? 'portal' : 'direct' })}>
          <Group mt={6}>
            <Radio value="direct" label="directly" />
            <Radio value="portal" label="through the portal only" />
          </Group>
        </Radio.Group>
        <TextInput
          label="Owner"
          placeholder="team or person who answers for it"
          value={form.owner}
          onChange={(event) => set({ owner: event.currentTarget.value })}
          style={{ flex: 1 }}
        />
      </Group>
      <UntilField label="Until" value={form.until} onChange={(until) => set({ until })} />
    </ConfirmDialog>
  );
}
