import { describe, expect, it } from 'vitest';
import { type ApprovalRequest, NO_FACTS } from '../../../src/approval-request.ts';
import { approveRequestBody } from '../../../src/console/api/shapes.ts';
import {
  approveRequestBody as bodyOf,
  newRequestForm,
  requestFormProblem,
} from '../../../src/console/ui/pages/requests/request-form.ts';

const now = Date.parse('2026-11-20T15:00:00Z');
const request: ApprovalRequest = {
  ...NO_FACTS,
  id: 'rq-1',
  event_id: 'e',
  state: 'pending',
  created: now,
  name: 'Ann',
  reason: 'for work',
  days: 30,
  servers: ['https://mcp.example.com/mcp'],
  user: 'ann@example.com',
  decided: 0,
  decided_by: '',
  comment: '',
  until: '',
};

describe('the answer to a request', () => {
  it('begins with the person who asked and the time they asked for', () => {
    const body = bodyOf(newRequestForm(request, now), 'fine');
    expect(body).toEqual({
      server: 'https://mcp.example.com/mcp',
      users: ['ann@example.com'],
      until: '2026-12-20',
      comment: 'fine',
    });
    expect(approveRequestBody.parse(body)).toEqual(body);
  });

  it('names tools only where they were chosen', () => {
    const form = { ...newRequestForm(request, now), tools: ['search'], groups: ['sales'], owner: ' data ' };
    expect(bodyOf(form, 'x')).not.toHaveProperty('tools');
    expect(bodyOf({ ...form, which: 'only' }, 'x')).toMatchObject({ tools: ['search'], groups: ['sales'], owner: 'data' });
  });

  it('is not sent without a server, without tools that it speaks of, or without an end', () => {
    const form = newRequestForm(request, now);
    expect(requestFormProblem(form, now)).toBeUndefined();
    expect(requestFormProblem(newRequestForm({ ...request, servers: [] }, now), now)).toMatch(/nothing to approve/);
    expect(requestFormProblem({ ...form, which: 'only' }, now)).toMatch(/Choose the tools/);
    expect(requestFormProblem({ ...form, until: '' }, now)).toMatch(/last day/);
  });
});
