// A state timeline: a line a series, a bar for each time in which its state was the same.
import { type DataFrame, type DisplayValue, type Field, FieldType, formattedValueToString, getFieldDisplayName } from '@grafana/data';
import { getTextColorForBackground, measureText } from '@grafana/ui';
import { axisHeight, TimeAxis } from './axis';
import type { Drawing } from './panel';

interface Options {
  rowHeight: number;
  showValue: 'auto' | 'always' | 'never';
  alignValue: 'left' | 'center' | 'right';
  mergeValues: boolean;
  legend: { showLegend: boolean };
}

interface State {
  from: number;
  to: number;
  text: string;
  color: string;
}

const legendHeight = 24;

export function StateTimeline({ frames, options: o, width, height, range, theme }: Drawing<Options>) {
  const lines = frames.flatMap((frame) => frame.fields.filter((f) => f.type !== FieldType.time).map((f) => ({ name: getFieldDisplayName(f, frame, frames), states: states(frame, f, o.mergeValues) })));
  const seen = [...new Map(lines.flatMap((l) => l.states).map((s) => [s.text, s])).values()];
  const names = Math.min(width * 0.6, 14 + Math.max(0, ...lines.map((l) => measureText(l.name, 12).width)));
  const [w, h] = [width - names, height - axisHeight - (o.legend.showLegend ? legendHeight : 0)];
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const across = (t: number) => (Math.min(Math.max(t, from), to) - from) / (to - from) * w;
  const line = h / Math.max(1, lines.length);
  return (
    <div style={{ width, height, fontSize: 12, position: 'relative' }}>
      <svg width={width} height={height} style={{ position: 'absolute' }}>
        <g transform={`translate(${names} 0)`}><TimeAxis range={range} width={w} height={h} theme={theme} /></g>
      </svg>
      {lines.map(({ name, states }, i) => (
        <div key={i} style={{ position: 'absolute', top: i * line + (line * (1 - o.rowHeight)) / 2, height: line * o.rowHeight, width }}>
          <div title={name} style={{ ...middle, width: names, paddingRight: 8, justifyContent: 'flex-end' }}><span style={clipped}>{name}</span></div>
          {states.map((s, n) => (
            <div key={n} title={s.text} style={{ ...middle, left: names + across(s.from), width: Math.max(1, across(s.to) - across(s.from)), background: s.color, color: getTextColorForBackground(s.color), justifyContent: o.alignValue, paddingLeft: 4, borderRadius: 2, overflow: 'hidden' }}>
              {o.showValue !== 'never' && (o.showValue === 'always' || measureText(s.text, 12).width + 10 < across(s.to) - across(s.from)) && line * o.rowHeight > 13 && s.text}
            </div>
          ))}
        </div>
      ))}
      {o.legend.showLegend && (
        <div style={{ position: 'absolute', bottom: 0, left: 4, display: 'flex', gap: 12, height: legendHeight, alignItems: 'end' }}>
          {seen.map((s) => (
            <span key={s.text} style={{ display: 'flex', alignItems: 'center', gap: 5, whiteSpace: 'nowrap' }}>
              <i style={{ width: 14, height: 4, borderRadius: 2, background: s.color }} />{s.text}
            </span>
          ))}
        </div>
      )}
    </div>
  );
}

const middle = { position: 'absolute', top: 0, bottom: 0, display: 'flex', alignItems: 'center', whiteSpace: 'nowrap' } as const;
const clipped = { overflow: 'hidden', textOverflow: 'ellipsis' } as const;

/** Runs of the same state; a hole ends one. */
function states(frame: DataFrame, field: Field, merge: boolean): State[] {
  const times = frame.fields.find((f) => f.type === FieldType.time)?.values as number[] | undefined;
  const out: State[] = [];
  let open: State | undefined;
  times?.forEach((t, i) => {
    const value: unknown = field.values[i];
    const shown: DisplayValue | undefined = value === null || value === undefined ? undefined : field.display?.(value);
    if (open) {
      open.to = t;
    }
    const text = shown ? formattedValueToString(shown) : '';
    if (!shown) {
      open = undefined;
    } else if (!open || !merge || open.text !== text || open.color !== shown.color) {
      open = { from: t, to: t, text, color: shown.color ?? '#808080' };
      out.push(open);
    }
  });
  return out;
}
