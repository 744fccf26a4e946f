import { describe, expect, it } from 'vitest';
import { bandsOf, lanePx, linesOf, marksOf, markText, movedBy, placeOf, taken } from './timeBands';

const HOUR = 3_600_000;
const at = (hour: number) => Date.UTC(2026, 0, 5, hour);
const held = (from: number, to: number, cpu_cores: number) => ({ interval: { start: new Date(at(from)).toISOString(), end: new Date(at(to)).toISOString() }, vector: { cpu_cores, memory_gb: 1 } });

describe('the timeline', () => {
  it('tells how full a worker is, by what is scarcest', () => {
    const bands = bandsOf({ cpu_cores: 8, memory_gb: 64 }, [held(9, 11, 4), held(10, 12, 2)], { from: at(8), to: at(12) });
    expect(bands.map(({ share }) => share)).toEqual([0, 0.5, 0.75, 0.25]);
  });

  it('draws what overlaps in several lines, and what follows in the same', () => {
    expect(linesOf([{ from: 0, to: 2 }, { from: 1, to: 3 }, { from: 2, to: 4 }])).toEqual([0, 1, 0]);
  });

  it('gives short bars the room that a finger needs, within the window', () => {
    const window = { from: 0, to: 590 };
    expect(taken({ from: 100, to: 300 }, window)).toEqual({ from: 100, to: 300 });
    expect(taken({ from: 100, to: 101 }, window)).toEqual({ from: 100, to: 124 });
    expect(taken({ from: -50, to: 3 }, window)).toEqual({ from: 0, to: 24 });
    expect(taken({ from: 589, to: 700 }, window)).toEqual({ from: 566, to: 590 });
  });

  it('moves by five minutes at a time', () => {
    expect(movedBy(at(9), 101, 1000, { from: at(0), to: at(10) })).toBe(at(10));
  });

  it('keeps a bar within the window', () => {
    expect(placeOf({ from: at(6), to: at(10) }, { from: at(8), to: at(12) })).toEqual({ left: 0, width: 50 });
  });

  it('marks whole steps of hours', () => {
    expect(marksOf({ from: at(0), to: at(0) + 24 * HOUR })).toHaveLength(8);
  });

  it('marks days at their midnight, not at the hour at which the window begins', () => {
    const from = new Date(2026, 0, 5, 14).getTime();
    const marks = marksOf({ from, to: from + 168 * HOUR });
    expect(marks.map((mark) => new Date(mark).getHours())).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(markText(marks[0] as number)).toBe('Tue 6 Jan');
  });

  it('marks more of a lane that is wider', () => {
    const window = { from: at(0), to: at(0) + 168 * HOUR };
    expect(marksOf(window, 2352).length).toBeGreaterThan(2 * marksOf(window).length);
  });

  it('is scrolled on a phone, where a week in its width would be bars without a length', () => {
    expect([lanePx(24, 358), lanePx(168, 358)]).toEqual([864, 2352]);
    expect([lanePx(168, 1200), lanePx(168, 0)]).toEqual([590, 590]);
  });
});
