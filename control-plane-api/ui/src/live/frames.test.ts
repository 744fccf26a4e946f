import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserFrames } from './frames';

describe('gathering until a frame', () => {
  let frame: (() => void) | undefined;
  beforeEach(() => {
    vi.useFakeTimers();
    frame = undefined;
    vi.stubGlobal('requestAnimationFrame', (work: () => void) => ((frame = work), 1));
    vi.stubGlobal('cancelAnimationFrame', () => (frame = undefined));
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it('works once with the frame', () => {
    const work = vi.fn();
    browserFrames(work);
    frame?.();
    vi.advanceTimersByTime(5000);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('works once without one, when the tab was hidden meanwhile', () => {
    const work = vi.fn();
    browserFrames(work);
    vi.advanceTimersByTime(1000);
    expect(work).toHaveBeenCalledTimes(1);
    expect(frame).toBeUndefined();
  });
});
