import { ActionIcon, Group } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { IconArrowsMaximize, IconZoomIn, IconZoomOut } from '@tabler/icons-react';
import { useEffect, useId, useMemo } from 'react';
import { toneColor } from '../../app/theme';
import { END_PX, endLabels, GROUP_LABEL_PX, groupLabels, type Label, nodeBoxes } from './labels';
import { around, boundsOf, LABEL_PX, NODE_PX, placesOf, type Point, type Wire, wiresOf } from './layout';
import { NodeSign } from './NodeSign';
import type { Marks, NodeMark } from './nodeMark';
import { Shape } from './Shape';
import classes from './Topology.module.css';
import { type DrawnNode, type Drawing, sizeText } from './topologyWords';
import { usePanZoom } from './usePanZoom';

/** A node that somebody looks for. */
export interface Sought {
  id: string;
}

interface Props {
  drawing: Drawing;
  marks: Marks;
  /** The picture goes to it whenever this is another object. */
  sought?: Sought;
  /** Id of the node that is looked at. */
  chosen: string | undefined;
  choose: (id: string | undefined) => void;
}

/** The topology as CML shows it. It can be moved and brought nearer; the list says the same in words. */
export default function TopologyPicture({ drawing, marks, sought, chosen, choose }: Props) {
  const places = useMemo(() => placesOf(drawing), [drawing]);
  const wires = useMemo(() => wiresOf(drawing.links, places), [drawing, places]);
  const names = useMemo(() => groupLabels(drawing, places), [drawing, places]);
  const { ref: sized, width, height } = useElementSize<HTMLDivElement>();
  const whole = useMemo(
    () => boundsOf(drawing, places, names.map(({ box }) => box), width > 0 ? { width, height } : undefined),
    [drawing, places, names, width, height],
  );
  const ends = useMemo(() => {
    const taken = [...nodeBoxes(drawing, places), ...names.map(({ box }) => box)];
    return endLabels(wires.filter(({ link }) => link.from_node === chosen || link.to_node === chosen), taken);
  }, [drawing, places, names, wires, chosen]);
  const { view, near, moving, frame, canvas, handlers, nearer, fit, goTo } = usePanZoom(whole);
  const arrow = useId();
  useEffect(() => {
    const at = sought && places.get(sought.id);
    if (at) goTo(at);
  }, [sought, places, goTo]);
  const mine = ({ link }: Wire) => link.from_node === chosen || link.to_node === chosen;
  return (
    <div className={classes.frame} ref={useMergedRef(frame, sized)} tabIndex={0} role="group" aria-label="Topology; arrows move it, plus and minus bring it nearer and farther, 0 shows all" onKeyDown={handlers.onKeyDown}>
      <svg ref={canvas} className={classes.canvas} viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`} role="img" aria-label={`Picture of ${sizeText(drawing)}; the list tells each of them`} data-near={near || undefined} data-moving={moving || undefined} {...handlers.pointer}>
        <defs>
          <marker id={arrow} viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse">
            <path d="M0 0 10 5 0 10z" fill="context-stroke" />
          </marker>
        </defs>
        {(drawing.groups ?? []).map((group) => (
          <Outline key={group.tag} group={group} places={places} />
        ))}
        {(drawing.shapes ?? []).map((shape, index) => (
          <Shape key={index} shape={shape} arrow={arrow} />
        ))}
        {wires.map((wire) => (
          <path key={wire.link.id} className={classes.wire} data-chosen={mine(wire) || undefined} d={`M${wire.from.x} ${wire.from.y}Q${wire.over.x} ${wire.over.y} ${wire.to.x} ${wire.to.y}`}>
            <title>{`${wire.link.from_interface} — ${wire.link.to_interface}`}</title>
          </path>
        ))}
        {drawing.nodes.map((node) => (
          <Node key={node.id} node={node} at={places.get(node.id)} mark={marks.get(node.label)} chosen={node.id === chosen} choose={() => choose(node.id === chosen ? undefined : node.id)} />
        ))}
        <Texts labels={names} px={GROUP_LABEL_PX} />
        <Texts labels={ends} px={END_PX} />
      </svg>
      <Group className={classes.tools} gap={4}>
        <ActionIcon variant="default" size="lg" aria-label="Nearer" onClick={() => nearer(1.5)}>
          <IconZoomIn size={18} />
        </ActionIcon>
        <ActionIcon variant="default" size="lg" aria-label="Farther" onClick={() => nearer(1 / 1.5)}>
          <IconZoomOut size={18} />
        </ActionIcon>
        <ActionIcon variant="default" size="lg" aria-label="Show all" onClick={fit}>
          <IconArrowsMaximize size={18} />
        </ActionIcon>
      </Group>
    </div>
  );
}

const HALO_PX = 9;

function Node({ node, at, mark, chosen, choose }: { node: DrawnNode; at: Point | undefined; mark: NodeMark | undefined; chosen: boolean; choose: () => void }) {
  if (!at) return null;
  const half = NODE_PX / 2;
  return (
    <g className={classes.node} data-chosen={chosen || undefined} transform={`translate(${at.x} ${at.y})`} onClick={choose}>
      <title>{[`${node.label}: ${node.node_definition}`, mark?.state].filter(Boolean).join(', ')}</title>
      {chosen && <rect className={classes.halo} x={-half - HALO_PX} y={-half - HALO_PX} width={NODE_PX + 2 * HALO_PX} height={NODE_PX + 2 * HALO_PX} rx={14 + HALO_PX} />}
      <rect className={classes.body} x={-half} y={-half} width={NODE_PX} height={NODE_PX} rx={14} />
      <NodeSign definition={node.node_definition} />
      {mark && <circle cx={half - 4} cy={4 - half} r={8} fill={`var(--mantine-color-${toneColor[mark.tone]}-6)`} stroke="white" strokeWidth={2} />}
      <text className={classes.label} y={half + LABEL_PX + 2}>
        {node.label}
      </text>
    </g>
  );
}

function Outline({ group, places }: { group: NonNullable<Drawing['groups']>[number]; places: ReadonlyMap<string, Point> }) {
  const box = around(group.node_ids.flatMap((id) => places.get(id) ?? []), group.padding ?? 0);
  if (!box) return null;
  return (
    <rect {...box} rx={16} fill={group.fill || 'none'} stroke={group.border || 'none'} strokeDasharray={group.dashes || undefined}>
      <title>{group.label}</title>
    </rect>
  );
}

function Texts({ labels, px }: { labels: readonly Label[]; px: number }) {
  return labels.map(({ key, text, box }) => (
    <text key={key} className={classes.said} fontSize={px} x={box.x + box.width / 2} y={box.y + px}>
      {text}
    </text>
  ));
}
