// The look: warm greys, one accent the colour of daylight, system fonts. Colours that carry a meaning (traffic, verdicts) are in style.css.

import {
  Checkbox,
  Chip,
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  Radio,
  type VariantColorsResolver,
} from '@mantine/core';

const sun: MantineColorsTuple = [
  '#fff8eb',
  '#feeecd',
  '#fcdc9b',
  '#f9c763',
  '#f5b544',
  '#ea9a1d',
  '#d07c0a',
  '#b45309',
  '#9a4a06',
  '#7c3a08',
];

const gray: MantineColorsTuple = [
  '#faf8f4',
  '#f4f1ea',
  '#eae5db',
  '#d9d4ca',
  '#c4bdb0',
  '#8b8377',
  '#6b655b',
  '#5a544b',
  '#3b3731',
  '#1c1a17',
];

/** Lightest first: text, then borders, then surfaces. */
const dark: MantineColorsTuple = [
  '#f1ede6',
  '#d6cfc4',
  '#b3aca0',
  '#8f877b',
  '#4a443b',
  '#3a352e',
  '#2a2621',
  '#1f1c18',
  '#171512',
  '#0f0e0c',
];

const system = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';

/** Filled colours are dark in the light scheme and light in the dark one; the library would write white on both. */
const colorsOf: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  return input.variant === 'filled' ? { ...colors, color: 'var(--on-filled)' } : colors;
};

export const theme = createTheme({
  colors: { sun, gray, dark },
  primaryColor: 'sun',
  primaryShade: { light: 8, dark: 4 },
  variantColorResolver: colorsOf,
  black: '#1c1a17',
  defaultRadius: 'sm',
  fontFamily: system,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontFamily: system, fontWeight: '650' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Tooltip: {
      defaultProps: {
        withArrow: true,
        openDelay: 300,
        multiline: true,
        maw: 320,
        events: { hover: true, focus: true, touch: false },
      },
    },
    // For the first focus the library would put an element into the menu that can be focused and is no entry. Without it the first entry
    // takes the focus.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Modal: {
      defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.45 }, closeButtonProps: { 'aria-label': 'Close' } },
    },
    Drawer: { defaultProps: { overlayProps: { backgroundOpacity: 0.25 }, closeButtonProps: { 'aria-label': 'Close' } } },
    Checkbox: Checkbox.extend({ vars: () => ({ root: { '--checkbox-icon-color': 'var(--on-filled)' } }) }),
    Chip: Chip.extend({
      vars: () => ({ root: { '--chip-color': 'var(--on-filled)', '--chip-icon-color': 'var(--on-filled)' } }),
    }),
    Radio: Radio.extend({ vars: () => ({ root: { '--radio-icon-color': 'var(--on-filled)' } }) }),
    Button: { styles: { label: { fontWeight: 500 } } },
    Badge: { defaultProps: { radius: 'sm', tt: 'none', fw: 500 } },
  },
});

/** `--page` is what lies behind cards; cards, menus and dialogs are the body colour of Mantine. */
export const resolveVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--page': '#faf8f4',
    '--on-filled': '#ffffff',
    '--line': '#e4dfd5',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-default-border': '#d3ccc0',
    '--mantine-color-dimmed': '#6b655b',
    '--mantine-color-error': '#b42318',
    '--mantine-color-placeholder': '#756e63',
    '--mantine-color-anchor': '#8a4206',
  },
  dark: {
    '--page': '#171512',
    '--on-filled': '#1c1a17',
    '--mantine-primary-color-contrast': '#1c1a17',
    '--line': '#37322b',
    '--mantine-color-body': '#1f1c18',
    '--mantine-color-dimmed': '#b3aca0',
    '--mantine-color-error': '#ff9b8f',
    '--mantine-color-placeholder': '#958d80',
    '--mantine-color-anchor': '#f5b544',
  },
});
