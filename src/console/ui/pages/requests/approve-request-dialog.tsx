// Approves what was asked for, or less of it: it begins with the person who asked and the time they asked for.

import { Group, Select, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { visibleText } from '../../../../engine/inventory/visible-text.ts';
import type { RequestForApproval, ServerDetails } from '../../../api/shapes.ts';
import { usePolicy } from '../../api/policy.ts';
import { useRead } from '../../api/read.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { NamesField } from '../../parts/names-field.tsx';
import { ToolChoice } from '../../parts/tool-choice.tsx';
import { UntilField } from '../../parts/until-field.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { approveRequestBody, newRequestForm, type RequestForm, requestFormProblem } from './request-form.ts';
import { useDecide } from './use-decide.ts';

export function ApproveRequestDialog({ request, onClose }: { request: RequestForApproval; onClose: () => void }) {
  const [form, setForm] = useState(() => newRequestForm(request, Date.now()));
  const decide = useDecide(request.id);
  const key = form.server.replace(/^name:/, 'attached:');
  const server = useRead<ServerDetails>('/servers/one', { key }, { everySeconds: 0, enabled: key !== '' });
  const groups = Object.keys(usePolicy().data?.groups.groups ?? {});
  // Without a name, the API takes the person who asked.
  const alone = request.user === '' ? 'everybody' : visibleText(request.user);
  const set = (changes: Partial<RequestForm>) => setForm((before) => ({ ...before, ...changes }));
  return (
    <ConfirmDialog
      title={`Approve ${request.id}`}
      act="Approve"
      size="680px"
      waiting={requestFormProblem(form, Date.now())}
      onClose={onClose}
      onConfirm={(comment) => decide('approve', approveRequestBody(form, comment))}
    >
      {request.servers.length > 1 ? (
        <Select
          label="Server"
          data={[...request.servers]}
          value={form.server}
          onChange={(value) => value && set({ server: value })}
          allowDeselect={false}
        />
      ) : (
        <Text size="sm">
          The server <Untrusted text={form.server} mono /> may be used by:
        </Text>
      )}
      <Group grow align="flex-start">
        <NamesField
          label="Users"
          names={form.users}
          onChange={(users) => set({ users })}
          hint={form.groups.length > 0 ? 'nobody beside the groups' : alone}
          known={request.user === '' ? [] : [request.user]}
        />
        <NamesField
          label="Groups"
          names={form.groups}
          onChange={(names) => set({ groups: names })}
          hint="no group"
          known={groups}
        />
      </Group>
      <ToolChoice simple known={(!server.isPlaceholderData && server.data?.toolList) || []} value={form} onChange={set} />
      <UntilField
        label="Until"
        description={`They asked for ${request.days} days.`}
        value={form.until}
        onChange={(until) => set({ until })}
        endless={false}
      />
      <TextInput
        label="Owner"
        placeholder="team or person who answers for it"
        value={form.owner}
        onChange={(event) => set({ owner: event.currentTarget.value })}
      />
    </ConfirmDialog>
  );
}
