import { expect, it } from 'vitest';
import { centredOn, moved, onCanvas, onTheWay, perPixel, zoomed } from './view';

const WHOLE = { x: 0, y: 0, width: 1000, height: 500 };

it('keeps what is under the pointer where it is when it comes nearer', () => {
  const nearer = zoomed(WHOLE, 2, { x: 250, y: 100 }, WHOLE);
  expect(nearer).toEqual({ x: 125, y: 50, width: 500, height: 250 });
});

it('goes neither nearer nor farther than its limits', () => {
  const at = { x: 500, y: 250 };
  expect(zoomed(WHOLE, 1e6, at, WHOLE).width).toBeCloseTo(1000 / 24);
  expect(zoomed(WHOLE, 1e-6, at, WHOLE).width).toBe(1500);
});

it('never loses the picture from sight', () => {
  expect(moved(WHOLE, 5000, -5000, WHOLE)).toEqual({ x: 500, y: -250, width: 1000, height: 500 });
});

it('finds the place under a pixel, the picture being in the middle of a wider box', () => {
  const seen = { width: 1000, height: 250 };
  expect(perPixel(WHOLE, seen)).toBe(2);
  expect(onCanvas(WHOLE, seen, 500, 125)).toEqual({ x: 500, y: 250 });
  expect(onCanvas(WHOLE, seen, 250, 0)).toEqual({ x: 0, y: 0 });
});

it('brings a place to its middle, nearer from far away and never farther', () => {
  const seen = { width: 900, height: 450 };
  expect(centredOn({ x: 0, y: 0, width: 3600, height: 1800 }, { x: 3000, y: 100 }, seen, { x: 0, y: 0, width: 3600, height: 1800 })).toEqual({ x: 2550, y: -125, width: 900, height: 450 });
  expect(centredOn({ x: 0, y: 0, width: 200, height: 100 }, { x: 700, y: 300 }, seen, WHOLE)).toEqual({ x: 600, y: 250, width: 200, height: 100 });
});

it('goes from one view to another', () => {
  const to = { x: 100, y: 50, width: 500, height: 250 };
  expect(onTheWay(WHOLE, to, 0)).toEqual(WHOLE);
  expect(onTheWay(WHOLE, to, 0.5)).toEqual({ x: 50, y: 25, width: 750, height: 375 });
  expect(onTheWay(WHOLE, to, 1)).toEqual(to);
});
