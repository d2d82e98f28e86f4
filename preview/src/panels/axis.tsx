// A time axis for the panels that are drawn here.
import { dateTimeFormat, type GrafanaTheme2, type TimeRange } from '@grafana/data';

const [second, minute, hour, day] = [1e3, 6e4, 36e5, 864e5];
const apart = [second, 5 * second, 15 * second, 30 * second, minute, 5 * minute, 15 * minute, 30 * minute, hour, 3 * hour, 6 * hour, 12 * hour, day, 7 * day, 30 * day];

/** The height of the axis in pixels. */
export const axisHeight = 22;

/** Ticks along the width at round local times, at least 80 pixels apart. */
function ticks(range: TimeRange, width: number): Array<{ x: number; text: string }> {
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const step = apart.find((a) => (a / (to - from)) * width >= 80) ?? to - from;
  const zone = new Date(from).getTimezoneOffset() * minute;
  const first = Math.ceil((from - zone) / step) * step + zone;
  const format = step < minute ? 'HH:mm:ss' : step < day ? 'HH:mm' : 'MM/DD';
  const count = Math.max(0, Math.floor((to - first) / step) + 1);
  return Array.from({ length: count }, (_, i) => first + i * step).map((t) => ({
    x: ((t - from) / (to - from)) * width, text: dateTimeFormat(t, { format, timeZone: 'browser' }),
  }));
}

/** An SVG group: grid lines of the given height above, texts below; a text that would not fit at an end is left out. */
export function TimeAxis({ range, width, height, theme }: { range: TimeRange; width: number; height: number; theme: GrafanaTheme2 }) {
  return (
    <g>
      {ticks(range, width).map(({ x, text }) => (
        <g key={x}>
          <line x1={x} x2={x} y1={0} y2={height} stroke={theme.colors.border.weak} />
          {x > 20 && x < width - 20 && (
            <text x={x} y={height + 15} textAnchor="middle" fontSize={12} fill={theme.colors.text.primary}>{text}</text>
          )}
        </g>
      ))}
    </g>
  );
}
