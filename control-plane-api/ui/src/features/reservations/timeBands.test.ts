import { describe, expect, it } from 'vitest';
import { bandsOf, linesOf, marksOf, movedBy, placeOf, taken } from './timeBands';

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
});
