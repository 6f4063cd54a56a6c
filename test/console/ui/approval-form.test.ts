import { describe, expect, it } from 'vitest';
import { policyChange } from '../../../src/console/api/shapes.ts';
import {
  approvalChange,
  approvalProblem,
  approvalTarget,
  newApprovalForm,
  originOf,
} from '../../../src/console/ui/parts/approval-form.ts';

const now = Date.parse('2026-11-20T15:00:00Z');
const fresh = newApprovalForm({ url: 'https://mcp.example.com/mcp', owner: 'data' }, undefined, now);

describe('the form of an approval', () => {
  it('begins with everybody, every tool, for ninety days', () => {
    expect(approvalChange(fresh)).toEqual({
      kind: 'approve',
      replace: true,
      url: 'https://mcp.example.com/mcp',
      via: 'direct',
      owner: 'data',
      until: '2027-02-18',
    });
  });

  it('makes a change that the API takes, with all that can be said', () => {
    const change = approvalChange({
      ...fresh,
      groups: ['engineering'],
      users: ['ann'],
      which: 'only',
      tools: ['search', 'read_*'],
      hides: true,
      methods: ['tools/*'],
      via: 'portal',
      until: '',
    });
    expect(policyChange.parse(change)).toEqual(change);
    expect(change).toMatchObject({ tools: ['search', 'read_*'], hideTools: true, via: 'portal' });
    expect(change).not.toHaveProperty('until');
  });

  it('names tools that may not be called as such, and hides nothing where all may be', () => {
    expect(approvalChange({ ...fresh, which: 'but', tools: ['delete_*'] })).toMatchObject({ blockedTools: ['delete_*'] });
    expect(approvalChange({ ...fresh, which: 'all', tools: ['search'], hides: true })).not.toHaveProperty('hideTools');
    expect(approvalChange({ ...fresh, which: 'all', tools: ['search'] })).not.toHaveProperty('tools');
  });

  it('begins with what an approval says that is there already', () => {
    const known = { url: 'https://mcp.example.com', via: 'portal', blockedTools: ['delete_*'], hideTools: true } as const;
    const form = newApprovalForm(
      { url: 'https://mcp.example.com/mcp', owner: 'x' },
      { ...known, blockedTools: ['delete_*'] },
      now,
    );
    expect(form).toMatchObject({
      url: 'https://mcp.example.com',
      which: 'but',
      tools: ['delete_*'],
      hides: true,
      via: 'portal',
      until: '',
    });
  });

  it('is not sent without a server, without the tools that it speaks of, or for a day that is over', () => {
    expect(approvalProblem(fresh, now)).toBeUndefined();
    expect(approvalProblem({ ...fresh, url: 'mcp.example.com' }, now)).toMatch(/must be a URL/);
    expect(approvalProblem({ ...fresh, which: 'only' }, now)).toMatch(/may be called/);
    expect(approvalProblem({ ...fresh, which: 'but' }, now)).toMatch(/may not be called/);
    expect(approvalProblem({ ...fresh, until: '2026-01-01' }, now)).toMatch(/is over/);
  });

  it('approves what has no address by its name, and leaves what has neither', () => {
    expect(approvalTarget('https://mcp.example.com/mcp')).toBe('https://mcp.example.com/mcp');
    expect(approvalTarget('attached:filesystem')).toBe('name:filesystem');
    expect(approvalTarget('name:connector_gmail')).toBe('name:connector_gmail');
    expect(approvalTarget('attached:two words')).toBeUndefined();
  });

  it('offers the whole host where the address is a part of it', () => {
    expect(originOf('https://mcp.example.com:8443/a/mcp')).toBe('https://mcp.example.com:8443');
    expect(originOf('https://mcp.example.com/')).toBeUndefined();
    expect(originOf('name:files')).toBeUndefined();
  });
});
