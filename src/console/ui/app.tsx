// The page as a whole: look, cache of the API's answers, and either the sign-in or the console. A refusal because nobody is signed in,
// whichever request met it, brings the sign-in back; the address stays, so that one goes on where one was.

import { Center, Loader, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError } from './api/client.ts';
import { askSession, SESSION_KEY, useSessionState } from './api/session.ts';
import { firstPage } from './first-page.ts';
import { styleNonce } from './nonce.ts';
import { ErrorState } from './parts/error-state.tsx';
import { Shell } from './shell/shell.tsx';
import { ShortcutProvider } from './shell/shortcuts.tsx';
import { SignIn } from './sign-in/sign-in.tsx';
import { resolveVariables, theme } from './theme.ts';

const onError = (error: unknown): void => {
  if (error instanceof ApiError && error.status === 401) void client.invalidateQueries({ queryKey: SESSION_KEY });
};

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => count < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
    },
  },
});

// Before anything is drawn.
void askSession(client);

export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={resolveVariables} defaultColorScheme="auto" getStyleNonce={styleNonce}>
      <QueryClientProvider client={client}>
        <Notifications position="bottom-right" />
        <ShortcutProvider>
          <Entrance />
        </ShortcutProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Entrance() {
  const { data, error, refetch } = useSessionState();
  const [isLoaded, setLoaded] = useState(false);
  useEffect(() => void firstPage.then(() => setLoaded(true)), []);
  if (data && (isLoaded || !data.signedIn)) return data.signedIn ? <Shell /> : <SignIn {...data} />;
  return (
    <Center component="main" h="100dvh" p="md">
      {error ? <ErrorState error={error} retry={refetch} /> : <Loader size="sm" role="status" aria-label="Loading" />}
    </Center>
  );
}
