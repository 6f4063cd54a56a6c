// Starts the page.

import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './style.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { PAGES } from './pages.ts';

// Beside asking who is signed in, not after it.
PAGES.find(({ path }) => path === location.pathname)?.component.preload();

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
