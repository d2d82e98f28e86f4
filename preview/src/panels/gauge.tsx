// A gauge: an arc from the least value to the greatest, with the thresholds around it.
import { type FieldDisplay, formattedValueToString, type GrafanaTheme2 } from '@grafana/data';

interface Props {
  value: FieldDisplay;
  width: number;
  height: number;
  named: boolean;
  markers: boolean;
  theme: GrafanaTheme2;
}

/** The arc spans 240 degrees, open at the bottom. */
const opening = (Math.PI * 2) / 3;

export function GaugeArc({ value, width, height, named, markers, theme }: Props) {
  const min = value.field.min ?? 0;
  const max = value.field.max ?? 100;
  const radius = Math.max(10, Math.min(width / 2, (height - (named ? 18 : 0)) / 1.5) - 4);
  const [x, y] = [width / 2, radius + 4];
  const angle = (v: number) => {
    const share = Math.min(1, Math.max(0, (v - min) / (max - min || 1)));
    return Math.PI / 2 + opening / 2 + share * (2 * Math.PI - opening);
  };
  const band = (from: number, to: number, inner: number, outer: number) => {
    const at = (a: number, r: number) => `${x + r * radius * Math.cos(a)} ${y + r * radius * Math.sin(a)}`;
    const [a, b] = [angle(from), angle(to)];
    const large = b - a > Math.PI ? 1 : 0;
    const [o, i] = [outer * radius, inner * radius];
    return `M${at(a, outer)}A${o} ${o} 0 ${large} 1 ${at(b, outer)}L${at(b, inner)}A${i} ${i} 0 ${large} 0 ${at(a, inner)}Z`;
  };
  const steps = value.field.thresholds?.steps ?? [];
  const text = formattedValueToString(value.display);
  return (
    <svg width={width} height={height} role="img" aria-label={`${value.display.title ?? ''} ${text}`}>
      <path d={band(min, max, 0.7, 0.9)} fill={theme.colors.background.secondary} />
      <path d={band(min, value.display.numeric, 0.7, 0.9)} fill={value.display.color} />
      {markers && steps.map((s, i) => (
        <path key={i} d={band(Math.max(min, s.value), steps[i + 1]?.value ?? max, 0.93, 1)} fill={theme.visualization.getColorByName(s.color)} />
      ))}
      <text x={x} y={y + radius * 0.12} textAnchor="middle" fill={value.display.color} fontSize={Math.min(radius * 0.42, (radius * 2.2) / text.length)} fontWeight={500}>{text}</text>
      {named && <text x={x} y={height - 5} textAnchor="middle" fill={theme.colors.text.primary} fontSize={12}>{value.display.title}</text>}
    </svg>
  );
}
