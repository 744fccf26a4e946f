/** Runs *work* once, soon: bursts are gathered until then. */
export type Frames = (work: () => void) => void;

const LATEST_MS = 1000;

/** With the next animation frame, or after a second: a hidden tab has no frames, and loses the one it was to have when it is hidden. */
export const browserFrames: Frames = (work) => {
  const run = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    work();
  };
  const frame = requestAnimationFrame(run);
  const timer = setTimeout(run, LATEST_MS);
};
