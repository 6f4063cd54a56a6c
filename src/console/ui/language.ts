// A browser whose language is none that scripts understand (Chromium with LANG=C says `en-US@posix`): libraries fail on it when they are
// loaded. It is taken for English.

try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en' });
  Object.defineProperty(navigator, 'languages', { value: ['en'] });
}
