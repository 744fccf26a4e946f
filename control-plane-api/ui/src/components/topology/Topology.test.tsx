import { MantineProvider } from '@mantine/core';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { expectAccessible } from '../../test/accessible';
import { type Marks, NO_MARKS } from './nodeMark';
import { Shown } from './Topology';
import type { Drawing } from './topologyWords';

const DRAWING: Drawing = {
  nodes: [
    { id: 'n0', label: 'r1', node_definition: 'iosv', x: 0, y: 0, tags: ['core'] },
    { id: 'n1', label: 'sw1', node_definition: 'iosvl2', x: 200, y: 0, tags: [] },
  ],
  links: [{ id: 'l0', from_node: 'n0', from_interface: 'Gi0/1', to_node: 'n1', to_interface: 'Gi1/0' }],
  shapes: [{ kind: 'text', x1: 0, y1: 90, x2: 0, y2: 0, rotation: 0, fill: '#000000', border: '', dashes: '', thickness: 1, corner_radius: 0, text: 'The core', text_points: 12, bold: false, italic: false, from_arrow: false, to_arrow: false }],
  groups: [{ tag: 'core', label: 'Core', node_ids: ['n0'], fill: '#00ff0040', border: '', dashes: '', padding: 40 }],
  left_out: 1,
};
const MARKS: Marks = new Map([['r1', { tone: 'good', state: 'booted', facts: [['serial line 0', '10.0.0.1:5001']] }]]);

function show(marks: Marks = NO_MARKS) {
  return render(
    <MantineProvider env="test">
      <Shown drawing={DRAWING} marks={marks} />
    </MantineProvider>,
  );
}

it('says in words what is in the picture', async () => {
  show(MARKS);
  await userEvent.click(screen.getByRole('radio', { name: 'List' }));
  const [, first] = screen.getAllByRole('row');
  expect(within(first as HTMLElement).getByText('Gi0/1 → sw1 Gi1/0')).toBeInTheDocument();
  expect(within(first as HTMLElement).getByText('booted')).toBeInTheDocument();
  expect(within(first as HTMLElement).getByText('serial line 0: 10.0.0.1:5001')).toBeInTheDocument();
});

it('tells of a node that is chosen in the picture what it is connected with', async () => {
  const { container } = show();
  await userEvent.click(container.querySelector('g[transform="translate(200 0)"]') as Element);
  expect(screen.getByText('Gi1/0 → r1 Gi0/1')).toBeInTheDocument();
});

/** The middle of what is seen. */
function middle() {
  const [x = 0, y = 0, width = 0, height = 0] = (screen.getByRole('img').getAttribute('viewBox') ?? '').split(' ').map(Number);
  return { x: x + width / 2, y: y + height / 2 };
}

const chosen = (container: HTMLElement) => container.querySelector('g[data-chosen] text')?.textContent;

afterEach(() => vi.restoreAllMocks());

it('goes to the node that is found, and with Enter to the next one', async () => {
  const { container } = show();
  await userEvent.type(screen.getByRole('searchbox', { name: 'Find a node' }), '1');
  await waitFor(() => expect(middle()).toEqual({ x: 0, y: 0 }));
  expect(chosen(container)).toBe('r1');
  expect(screen.getByText('1 of 2')).toBeInTheDocument();

  await userEvent.keyboard('{Enter}');
  await waitFor(() => expect(middle()).toEqual({ x: 200, y: 0 }));
  expect(chosen(container)).toBe('sw1');

  await userEvent.keyboard('{Shift>}{Enter}{/Shift}');
  await waitFor(() => expect(middle()).toEqual({ x: 0, y: 0 }));
});

it('stands at the found node at once where motion is not wanted', async () => {
  vi.spyOn(window, 'matchMedia').mockImplementation((media) => ({ matches: media.includes('reduce'), media, addEventListener: () => undefined, removeEventListener: () => undefined }) as never);
  const frames = vi.spyOn(window, 'requestAnimationFrame');
  show();
  await userEvent.type(screen.getByRole('searchbox', { name: 'Find a node' }), 'sw');
  expect(middle()).toEqual({ x: 200, y: 0 });
  expect(frames).not.toHaveBeenCalled();
});

it('says that no node is called so, and forgets it with Escape', async () => {
  const { container } = show();
  await userEvent.type(screen.getByRole('searchbox', { name: 'Find a node' }), 'nowhere');
  expect(screen.getByText('No node is called so')).toBeInTheDocument();
  await userEvent.keyboard('{Escape}');
  expect(screen.getByRole('searchbox', { name: 'Find a node' })).toHaveValue('');
  expect(chosen(container)).toBeUndefined();
});

it('comes nearer by key and shows all again', async () => {
  show();
  const seen = () => screen.getByRole('img').getAttribute('viewBox');
  const whole = seen();
  screen.getByRole('group', { name: /^Topology/ }).focus();
  await userEvent.keyboard('+');
  expect(seen()).not.toBe(whole);
  await userEvent.keyboard('0');
  expect(seen()).toBe(whole);
});

it('says how many annotations it does not draw', () => {
  show();
  expect(screen.getByText('1 annotation is not drawn.')).toBeInTheDocument();
});

it.each(['Picture', 'List'])('can be used by all as a %s', async (view) => {
  const { container } = show(MARKS);
  await userEvent.click(screen.getByRole('radio', { name: view }));
  await expectAccessible(container);
});
