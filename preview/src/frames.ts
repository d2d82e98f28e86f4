// Prometheus' answers as Grafana's data frames.
import { createDataFrame, FieldType, type DataFrame, type Labels } from '@grafana/data';
import { number, type Series } from './prometheus';

/** Every step of a range, in seconds. */
export interface Steps {
  start: number;
  end: number;
  step: number;
}

const time = (values: number[], interval?: number) => ({
  name: 'Time', type: FieldType.time, values: values.map((t) => t * 1000), config: interval ? { interval: interval * 1000 } : {},
});

const nameless = ({ __name__, ...labels }: Labels): Labels => labels;

/** A field's config with the name that a legend's format gives, if there is a format. */
function named(format: string | undefined, labels: Labels) {
  if (!format || format === '__auto') {
    return {};
  }
  return { displayNameFromDS: format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label: string) => labels[label] ?? '') };
}

/** A frame a series; where a range is given each has a value or null at every step, so that holes are seen. */
export function graph(refId: string, series: Series[], format: string | undefined, steps: Steps | undefined): DataFrame[] {
  return series.map((s) => {
    const values = new Map(s.values.map(([t, v]) => [t, number(v)]));
    const times = steps ? moments(steps) : [...values.keys()];
    return createDataFrame({
      refId,
      fields: [
        time(times, steps?.step),
        {
          name: s.metric['__name__'] ?? 'Value', type: FieldType.number, values: times.map((t) => values.get(t) ?? null),
          labels: nameless(s.metric), config: named(format, s.metric),
        },
      ],
    });
  });
}

/** One frame with a row a series and a column a label; the value's column is named by refId where a panel asks more than once. */
export function table(refId: string, series: Series[], alone: boolean): DataFrame[] {
  const labels = [...new Set(series.flatMap((s) => Object.keys(s.metric)))].sort();
  const last = series.map((s) => s.values[s.values.length - 1]);
  return [
    createDataFrame({
      refId,
      fields: [
        time(last.map((v) => v?.[0] ?? NaN)),
        ...labels.map((l) => ({ name: l, type: FieldType.string, values: series.map((s) => s.metric[l] ?? ''), config: {} })),
        { name: alone ? 'Value' : `Value #${refId}`, type: FieldType.number, values: last.map((v) => number(v?.[1] ?? 'NaN')), config: {} },
      ],
    }),
  ];
}

/** One frame with a column a bucket, lowest first; buckets count what lies below them in Prometheus, and within them here. */
export function heatmap(refId: string, series: Series[], steps: Steps): DataFrame[] {
  const buckets = series
    .map((s) => ({ le: s.metric['le'] ?? '', values: new Map(s.values.map(([t, v]) => [t, number(v)])) }))
    .sort((a, b) => number(a.le) - number(b.le));
  if (buckets.length === 0) {
    return [];
  }
  const times = moments(steps);
  const fields = buckets.map((bucket, i) => {
    const below = buckets[i - 1]?.values;
    const values = times.map((t) => {
      const v = bucket.values.get(t);
      return v === undefined ? null : Math.max(0, v - (below?.get(t) ?? 0));
    });
    return { name: bucket.le, type: FieldType.number, values, labels: { le: bucket.le }, config: {} };
  });
  return [createDataFrame({ refId, fields: [time(times, steps.step), ...fields] })];
}

function moments({ start, end, step }: Steps): number[] {
  return Array.from({ length: Math.floor((end - start) / step + 1e-6) + 1 }, (_, i) => start + i * step);
}
