// Who is signed in, and what they may do.

import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Role, reaches } from '../../../account.ts';
import type { NoSession, Session } from '../../api/shapes.ts';
import { callApi, setCsrfToken } from './client.ts';

export type SessionState =
  | Session
  /** `oidc`: another way to sign in is configured. `needsSetup`: nobody has an account yet. `ended`: somebody was signed in here. */
  | (NoSession & { ended: boolean });

export const SESSION_KEY = ['session'];

function sessionQuery(client: QueryClient) {
  return {
    queryKey: SESSION_KEY,
    queryFn: async (): Promise<SessionState> => {
      const before = client.getQueryData<SessionState>(SESSION_KEY);
      const session = await callApi<Session | NoSession>('/session');
      if (!session.signedIn) return { ...session, ended: before !== undefined && (before.signedIn || before.ended) };
      setCsrfToken(session.csrf);
      return session;
    },
    staleTime: Number.POSITIVE_INFINITY,
  };
}

export function useSessionState() {
  return useQuery(sessionQuery(useQueryClient()));
}

/** Asks at once, for those who will want to know. */
export function askSession(client: QueryClient): Promise<void> {
  return client.prefetchQuery(sessionQuery(client));
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
    if (session) client.setQueryData<SessionState>(SESSION_KEY, session);
    else {
      client.clear();
      void client.invalidateQueries({ queryKey: SESSION_KEY });
    }
  };
}
