import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';
import type { SessionStatus, WorkerStatus } from '../api/types';

const teal: MantineColorsTuple = [
  '#e3fafc',
  '#c5f0f5',
  '#99e1ea',
  '#66cedb',
  '#3bb9c9',
  '#1fa3b5',
  '#0f8a9c',
  '#0b7285',
  '#095c6b',
  '#064652',
];

/** The only place where colours are chosen; components name a tone, never a colour. */
export const theme = createTheme({
  primaryColor: 'lcm',
  primaryShade: { light: 7, dark: 5 },
  colors: { lcm: teal },
  defaultRadius: 'md',
  fontFamily: "'Inter', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SFMono-Regular', Menlo, Consolas, monospace",
  cursorType: 'pointer',
  respectReducedMotion: true,
  // Its placeholder for the first focus is no child that a menu may have; without it the first item gets the focus.
  components: { Menu: { defaultProps: { withInitialFocusPlaceholder: false } } },
});

/** By night the filled tone lies between 6 and 7: white is read on it, and its outline on the page. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {},
  dark: { '--mantine-color-lcm-filled': '#0d7c8f', '--mantine-color-lcm-filled-hover': 'var(--mantine-color-lcm-7)' },
});

export type Tone = 'good' | 'waiting' | 'moving' | 'bad' | 'resting';

export const toneColor: Record<Tone, string> = {
  good: 'teal',
  waiting: 'blue',
  moving: 'yellow',
  bad: 'red',
  resting: 'gray',
};

export const sessionTone: Record<SessionStatus, Tone> = {
  PENDING: 'waiting',
  SCHEDULED: 'waiting',
  INSTANTIATING: 'moving',
  READY: 'good',
  RUNNING: 'good',
  COLLECTING: 'moving',
  GRADING: 'moving',
  STOPPING: 'moving',
  STOPPED: 'resting',
  ARCHIVED: 'resting',
  TERMINATED: 'resting',
};

export const workerTone: Record<WorkerStatus, Tone> = {
  PENDING: 'waiting',
  PROVISIONING: 'moving',
  STARTING: 'moving',
  RUNNING: 'good',
  DRAINING: 'moving',
  STOPPING: 'moving',
  STOPPED: 'resting',
  TERMINATING: 'moving',
  TERMINATED: 'resting',
  FAILED: 'bad',
};
