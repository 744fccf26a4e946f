import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useRef, useState } from 'react';
import { type Box, centredOn, middleOf, moved, onCanvas, onTheWay, perPixel, zoomed } from './view';

const STEP = 1.25;
const WHEEL = 0.002;
const CLICK_PX = 4;
const JOURNEY_MS = 280;

/** A view of *whole* that is moved by pointer and keys, and brought nearer by Ctrl and the wheel, a pinch, keys and buttons. */
export function usePanZoom(whole: Box) {
  const [chosen, setView] = useState<Box | null>(null);
  const [moving, setMoving] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<SVGSVGElement>(null);
  const dragged = useRef<{ x: number; y: number; far: boolean } | null>(null);
  const view = chosen ?? whole;
  const shown = useRef(view);
  useEffect(() => {
    shown.current = view;
  });
  const journey = useRef(0);
  const halt = useCallback(() => cancelAnimationFrame(journey.current), []);
  useEffect(() => {
    setView(null);
    return halt;
  }, [whole, halt]);
  const change = (next: (before: Box) => Box) => {
    halt();
    setView((before) => next(before ?? whole));
  };
  const fit = () => {
    halt();
    setView(null);
  };
  const goTo = useCallback(
    (at: { x: number; y: number }) => {
      halt();
      const from = shown.current;
      const seen = canvas.current?.getBoundingClientRect() ?? { width: 0, height: 0 };
      const to = centredOn(from, at, seen, whole);
      if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) return setView(to);
      let began: number | undefined;
      const step = (now: number) => {
        began ??= now;
        const share = Math.min(1, (now - began) / JOURNEY_MS);
        setView(share < 1 ? onTheWay(from, to, share) : to);
        if (share < 1) journey.current = requestAnimationFrame(step);
      };
      journey.current = requestAnimationFrame(step);
    },
    [whole, halt],
  );
  const nearer = (factor: number) => change((before) => zoomed(before, factor, middleOf(before), whole));
  useZoomingWheel(canvas, (factor, x, y, seen) => change((before) => zoomed(before, factor, onCanvas(before, seen, x, y), whole)));

  const onPointerDown = (event: PointerEvent) => {
    if (event.isPrimary && event.button === 0) dragged.current = { x: event.clientX, y: event.clientY, far: false };
  };
  const onPointerMove = (event: PointerEvent) => {
    const drag = dragged.current;
    if (!drag || !event.isPrimary || !canvas.current) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.far && Math.hypot(dx, dy) < CLICK_PX) return;
    if (!drag.far) canvas.current.setPointerCapture(event.pointerId);
    dragged.current = { x: event.clientX, y: event.clientY, far: true };
    setMoving(true);
    const seen = canvas.current.getBoundingClientRect();
    change((before) => moved(before, -dx * perPixel(before, seen), -dy * perPixel(before, seen), whole));
  };
  const onPointerUp = () => {
    dragged.current = null;
    setMoving(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    const by = keyed(event.key);
    if (!by) return;
    event.preventDefault();
    if (by === 'fit') fit();
    else if ('factor' in by) nearer(by.factor);
    else change((before) => moved(before, by.dx * before.width, by.dy * before.height, whole));
  };
  return {
    view,
    near: chosen !== null,
    moving,
    frame,
    canvas,
    nearer,
    fit,
    goTo,
    handlers: { onKeyDown, pointer: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp } },
  };
}

const SHARE = 0.1;

function keyed(key: string): 'fit' | { factor: number } | { dx: number; dy: number } | null {
  if (key === '0') return 'fit';
  if (key === '+' || key === '=') return { factor: STEP };
  if (key === '-') return { factor: 1 / STEP };
  if (key === 'ArrowLeft') return { dx: -SHARE, dy: 0 };
  if (key === 'ArrowRight') return { dx: SHARE, dy: 0 };
  if (key === 'ArrowUp') return { dx: 0, dy: -SHARE };
  return key === 'ArrowDown' ? { dx: 0, dy: SHARE } : null;
}

/** Browsers tell a pinch on a touchpad as the wheel with Ctrl; the wheel alone scrolls the page. It must be stopped, which React's own listener cannot. */
function useZoomingWheel(canvas: React.RefObject<SVGSVGElement | null>, zoom: (factor: number, x: number, y: number, seen: DOMRect) => void): void {
  const latest = useRef(zoom);
  useEffect(() => {
    latest.current = zoom;
  });
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const seen = element.getBoundingClientRect();
      latest.current(Math.exp(-event.deltaY * WHEEL), event.clientX - seen.x, event.clientY - seen.y, seen);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [canvas]);
}
