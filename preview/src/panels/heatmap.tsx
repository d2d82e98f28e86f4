// A heatmap of histogram buckets: cells on a canvas, axes and scale around it.
import { FieldType, formattedValueToString, getValueFormat, type Field } from '@grafana/data';
import * as scheme from 'd3-scale-chromatic';
import { measureText } from '@grafana/ui';
import { useEffect, useMemo, useRef } from 'react';
import { axisHeight, TimeAxis } from './axis';
import type { Drawing } from './panel';

interface Options {
  color: { scheme: string; steps: number; reverse: boolean; scale: string; exponent: number; min?: number; max?: number };
  yAxis: { unit?: string; decimals?: number };
  filterValues: { le?: number };
  cellGap: number;
  legend: { show: boolean };
}

const scaleHeight = 24; // in pixels

export function Heatmap({ frames, options: o, fieldConfig, width, height, range, theme }: Drawing<Options>) {
  const frame = frames[0];
  const canvas = useRef<HTMLCanvasElement>(null);
  const rows = useMemo(() => trim(frame?.fields.filter((f) => f.type === FieldType.number) ?? []), [frame]);
  const times = (frame?.fields[0]?.values ?? []) as number[];
  const format = getValueFormat(o.yAxis.unit ?? fieldConfig.defaults.unit);
  const bound = (row: Field) => {
    const le = Number(row.labels?.['le'] ?? row.name);
    return Number.isFinite(le) ? formattedValueToString(format(le, o.yAxis.decimals)) : '∞';
  };
  const bucketNames = 12 + Math.max(24, ...rows.map((r) => measureText(bound(r), 12).width));
  const [w, h] = [width - bucketNames, height - axisHeight - (o.legend.show ? scaleHeight : 0)];
  const least = o.filterValues.le ?? 0;
  const shown = rows.flatMap((r) => (r.values as number[]).filter((v) => v > least));
  const [min, max] = [o.color.min ?? Math.min(...shown), o.color.max ?? Math.max(...shown)];
  const color = shade(o, theme.isDark, min, max);

  useEffect(() => {
    const c = canvas.current?.getContext('2d');
    if (!c) {
      return;
    }
    const scale = window.devicePixelRatio;
    [c.canvas.width, c.canvas.height] = [w * scale, h * scale];
    c.scale(scale, scale);
    const [from, to] = [range.from.valueOf(), range.to.valueOf()];
    const across = (t: number) => ((t - from) / (to - from)) * w;
    const step = (times[1] ?? to) - (times[0] ?? from);
    rows.forEach((row, i) => {
      const top = h - ((i + 1) * h) / rows.length;
      (row.values as number[]).forEach((v, n) => {
        if (v > least) {
          const t = times[n] ?? from;
          c.fillStyle = color(v);
          c.fillRect(across(t - step), top, Math.max(1, across(t) - across(t - step) - o.cellGap), Math.max(1, h / rows.length - o.cellGap));
        }
      });
    });
  });

  const every = Math.max(1, Math.ceil((14 * rows.length) / h)); // texts are at least 14 pixels apart
  return (
    <div style={{ position: 'relative', width, height }}>
      <canvas ref={canvas} style={{ position: 'absolute', left: bucketNames, width: w, height: h }} />
      <svg width={width} height={height} style={{ position: 'absolute', fontVariantNumeric: 'tabular-nums' }}>
        {rows.map((row, i) => (i + 1) % every === 0 && (
          <text key={i} x={bucketNames - 6} y={Math.max(10, h - ((i + 1) * h) / rows.length + 4)} textAnchor="end" fontSize={12} fill={theme.colors.text.primary}>{bound(row)}</text>
        ))}
        <g transform={`translate(${bucketNames} 0)`}><TimeAxis range={range} width={w} height={h} theme={theme} /></g>
        {o.legend.show && shown.length > 0 && (
          <Scale x={bucketNames} y={height - 14} color={color} min={min} max={max} unit={fieldConfig.defaults.unit} fill={theme.colors.text.secondary} />
        )}
      </svg>
    </div>
  );
}

/** Buckets without the empty ones at both ends; one is kept on either side. */
function trim(rows: Field[]): Field[] {
  const has = rows.map((r) => (r.values as number[]).some((v) => v > 0));
  const [first, last] = [has.indexOf(true), has.lastIndexOf(true)];
  return first < 0 ? rows : rows.slice(Math.max(0, first - 1), last + 2);
}

/** The colour of a value; on a dark ground the schemes run from dark to light, as in Grafana. */
function shade(o: Options, dark: boolean, min: number, max: number): (v: number) => string {
  const schemes = scheme as unknown as Record<string, (share: number) => string>;
  const pick = schemes[`interpolate${o.color.scheme}`] ?? scheme.interpolateOranges;
  const lightFirst = !['Cividis', 'Viridis', 'Magma', 'Inferno', 'Plasma', 'Turbo', 'Warm', 'Cool', 'Cubehelix'].includes(o.color.scheme);
  const turn = (dark === lightFirst) !== o.color.reverse;
  return (v) => {
    let share = max > min ? Math.min(1, Math.max(0, (v - min) / (max - min))) : 1;
    share = o.color.scale === 'exponential' ? share ** o.color.exponent : share;
    share = Math.round(share * (o.color.steps - 1)) / (o.color.steps - 1);
    return pick(turn ? 1 - share : share);
  };
}

/** Which colour means how much. */
function Scale({ x, y, color, min, max, unit, fill }: { x: number; y: number; color: (v: number) => string; min: number; max: number; unit: string | undefined; fill: string }) {
  const format = (v: number) => formattedValueToString(getValueFormat(unit)(v));
  const parts = 24;
  return (
    <g>
      <text x={x} y={y + 9} fontSize={11} fill={fill}>{format(min)}</text>
      {Array.from({ length: parts }, (_, i) => (
        <rect key={i} x={x + 52 + i * 6} y={y} width={6} height={10} fill={color(min + ((max - min) * i) / (parts - 1))} />
      ))}
      <text x={x + 58 + parts * 6} y={y + 9} fontSize={11} fill={fill}>{format(max)}</text>
    </g>
  );
}
