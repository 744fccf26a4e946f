import { isPale, textPx } from './layout';
import classes from './Topology.module.css';
import type { DrawnShape } from './topologyWords';

/** One annotation of the topology, in the colours that its author chose. */
export function Shape({ shape, arrow }: { shape: DrawnShape; arrow: string }) {
  const { kind, x1, y1, x2 = 0, y2 = 0, rotation = 0 } = shape;
  const line = { stroke: shape.border || 'none', strokeWidth: shape.thickness, strokeDasharray: shape.dashes || undefined };
  const turned = (x: number, y: number) => (rotation ? `rotate(${rotation} ${x} ${y})` : undefined);
  if (kind === 'rectangle') {
    return <rect x={Math.min(x1, x1 + x2)} y={Math.min(y1, y1 + y2)} width={Math.abs(x2)} height={Math.abs(y2)} rx={shape.corner_radius} fill={shape.fill || 'none'} {...line} transform={turned(x1 + x2 / 2, y1 + y2 / 2)} />;
  }
  if (kind === 'ellipse') return <ellipse cx={x1} cy={y1} rx={Math.abs(x2)} ry={Math.abs(y2)} fill={shape.fill || 'none'} {...line} transform={turned(x1, y1)} />;
  if (kind === 'line') {
    const ends = { markerStart: shape.from_arrow ? `url(#${arrow})` : undefined, markerEnd: shape.to_arrow ? `url(#${arrow})` : undefined };
    return <line x1={x1} y1={y1} x2={x2} y2={y2} {...line} stroke={shape.border || shape.fill || 'currentColor'} {...ends} />;
  }
  return <Words shape={shape} transform={turned(x1, y1)} />;
}

function Words({ shape, transform }: { shape: DrawnShape; transform: string | undefined }) {
  const size = textPx(shape);
  const style = { fontWeight: shape.bold ? 700 : 400, fontStyle: shape.italic ? 'italic' : undefined, whiteSpace: 'pre' } as const;
  return (
    <text className={isPale(shape.fill ?? '') ? classes.pale : undefined} x={shape.x1} y={shape.y1 + size} fontSize={size} fill={shape.fill || 'currentColor'} style={style} transform={transform}>
      {(shape.text ?? '').split('\n').map((words, index) => (
        <tspan key={index} x={shape.x1} dy={index === 0 ? 0 : '1.25em'}>
          {words || ' '}
        </tspan>
      ))}
    </text>
  );
}
