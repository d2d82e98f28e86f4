// What is read of a classic board's JSON: the part of Grafana's model that a board needs to be drawn.
import type { ConfigOverrideRule, DataTransformerConfig, FieldConfig } from '@grafana/data';

/** A place on the grid of 24 columns; a line is 30 pixels high, and 8 pixels lie between. */
export interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Target {
  refId: string;
  expr?: string;
  legendFormat?: string;
  format?: 'time_series' | 'table' | 'heatmap';
  instant?: boolean;
  range?: boolean;
  interval?: string;
  hide?: boolean;
}

export interface Panel {
  id: number;
  type: string;
  title?: string;
  description?: string;
  gridPos?: Place;
  collapsed?: boolean;
  panels?: Panel[];
  targets?: Target[];
  options?: Record<string, unknown>;
  fieldConfig?: { defaults?: FieldConfig; overrides?: ConfigOverrideRule[] };
  transformations?: DataTransformerConfig[];
  interval?: string;
  maxDataPoints?: number;
  links?: Array<{ title: string; url: string }>;
}

export interface Variable {
  name: string;
  type: string;
  label?: string;
  query?: string | { query?: string };
  regex?: string;
  sort?: number;
  multi?: boolean;
  includeAll?: boolean;
  allValue?: string;
  hide?: number;
  current?: { value?: string | string[] };
}

export interface Annotation {
  name: string;
  expr?: string;
  step?: string;
  enable?: boolean;
  iconColor?: string;
  titleFormat?: string;
  textFormat?: string;
  /** The values are the marked times, in milliseconds. */
  useValueForTime?: boolean;
}

export interface Board {
  uid: string;
  title: string;
  refresh?: string;
  time?: { from: string; to: string };
  timepicker?: { refresh_intervals?: string[] };
  templating?: { list?: Variable[] };
  annotations?: { list?: Annotation[] };
  panels?: Panel[];
}

/** All panels of a board that draw something, those of collapsed rows included. */
export function drawn(panels: Panel[] | undefined): Panel[] {
  return (panels ?? []).flatMap((p) => [...(p.type === 'row' ? [] : [p]), ...drawn(p.panels)]);
}
