// What every kind of panel is given to draw.
import type { DataFrame, FieldConfigSource, GrafanaTheme2, InterpolateFunction, TimeRange } from '@grafana/data';
import type { Mark } from '../query';

export interface Drawing<Options = Record<string, unknown>> {
  /** Frames with units, colours and names applied. */
  frames: DataFrame[];
  options: Options;
  fieldConfig: FieldConfigSource;
  replace: InterpolateFunction;
  width: number;
  height: number;
  range: TimeRange;
  theme: GrafanaTheme2;
  marks: Mark[];
  /** Shows another time, in milliseconds. */
  onZoom: (from: number, to: number) => void;
}
