// Who is signed in, and what they may do.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type Role, reaches } from '../../../account.ts';
import type { NoSession, Session } from '../../api/shapes.ts';
import { ApiError, callApi, setCsrfToken } from './client.ts';

export type SessionState =
  | ({ signedIn: true } & Session)
  /** `oidc`: another way to sign in is configured. `needsSetup`: nobody has an account yet. `ended`: somebody was signed in here. */
  | { signedIn: false; oidc: boolean; needsSetup: boolean; ended: boolean };

export const SESSION_KEY = ['session'];

export function useSessionState() {
  const client = useQueryClient();
  return useQuery({
    queryKey: SESSION_KEY,
    queryFn: async (): Promise<SessionState> => {
      const before = client.getQueryData<SessionState>(SESSION_KEY);
      try {
        const session = await callApi<Session>('/session');
        setCsrfToken(session.csrf);
        return { signedIn: true, ...session };
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 401) throw error;
        const { oidc, needsSetup } = (error.answer ?? {}) as Partial<NoSession>;
        const ended = before !== undefined && (before.signedIn || before.ended);
        return { signedIn: false, oidc: oidc === true, needsSetup: needsSetup === true, ended };
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The session of whoever looks at the page. Only below the shell, which shows itself to people who have signed in. */
export function useSession(): Session {
  const { data } = useSessionState();
  if (!data?.signedIn) throw new Error('useSession is for pages behind the sign-in');
  return data;
}

/** Whether they may do what a role is needed for. */
export function useMay(needed: Role): boolean {
  return reaches(useSession().user.role, needed);
}

/** Takes over an answer of signing in, or forgets the session (`undefined`). */
export function useEnterSession(): (session: Session | undefined) => void {
  const client = useQueryClient();
  return (session) => {
    setCsrfToken(session?.csrf ?? '');
    if (session) client.setQueryData<SessionState>(SESSION_KEY, { signedIn: true, ...session });
    else {
      client.clear();
      void client.invalidateQueries({ queryKey: SESSION_KEY });
    }
  };
}
