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

const APART_MS = 250;

/** As *frames*, but 250 ms apart at the least: in a burst the page is drawn anew four times a second, and has time for people in between. */
export function framesApart(frames: Frames = browserFrames): Frames {
  let last = -Infinity;
  return (work) => {
    const run = () => {
      work();
      last = performance.now();
    };
    const rest = last + APART_MS - performance.now();
    if (rest <= 0) frames(run);
    else setTimeout(() => frames(run), rest);
  };
}
