import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserFrames, framesApart } from './frames';

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

describe('frames apart', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const atOnce = (work: () => void) => work();

  it('runs the first work with the next frame', () => {
    const work = vi.fn();
    framesApart(atOnce)(work);
    expect(work).toHaveBeenCalledOnce();
  });

  it('lets what comes right behind wait for a quarter of a second', () => {
    const [frames, work] = [framesApart(atOnce), vi.fn()];
    frames(() => undefined);
    frames(work);
    vi.advanceTimersByTime(240);
    expect(work).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20);
    expect(work).toHaveBeenCalledOnce();
  });
});
