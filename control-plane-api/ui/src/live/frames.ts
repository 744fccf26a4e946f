/** Runs *work* once, soon: bursts are gathered until then. */
export type Frames = (work: () => void) => void;

/** With the next animation frame; in a hidden tab, which has none, after a second. */
export const browserFrames: Frames = (work) => {
  if (document.hidden) setTimeout(work, 1000);
  else requestAnimationFrame(() => work());
};
