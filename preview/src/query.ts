// A panel's queries: asked, turned into frames and transformed.
import { transformDataFrame, type DataFrame, type TimeRange } from '@grafana/data';
import { lastValueFrom } from 'rxjs';
import * as frames from './frames';
import { interpolate, type Choices } from './interpolate';
import { stepFor } from './interval';
import type { Annotation, Panel, Target } from './model';
import * as prometheus from './prometheus';
import { message } from './variables';

export interface Answer {
  frames: DataFrame[];
  /** What the server complained of, a line a query. */
  errors: string[];
}

/** Asks all queries of a panel that is so many pixels wide. */
export async function ask(panel: Panel, range: TimeRange, width: number, choices: Choices): Promise<Answer> {
  const targets = (panel.targets ?? []).filter((t) => !t.hide);
  const errors: string[] = [];
  const lists = await Promise.all(
    targets.map(async (t) => {
      try {
        return await askOne(t, panel, range, width, choices, targets.filter((o) => o.format === 'table').length <= 1);
      } catch (e) {
        errors.push(`query ${t.refId}: ${message(e)}`);
        return [];
      }
    }),
  );
  const steps = (panel.transformations ?? []).filter((t) => !t.disabled);
  let data = lists.flat();
  if (steps.length > 0) {
    data = await lastValueFrom(transformDataFrame(steps, data, { interpolate: (s) => interpolate(s, choices, {}, 'text') }));
  }
  return { frames: data, errors };
}

async function askOne(t: Target, panel: Panel, range: TimeRange, width: number, choices: Choices, alone: boolean): Promise<DataFrame[]> {
  const step = stepFor(range, panel.maxDataPoints ?? width, t.interval ? interpolate(t.interval, choices, {}, 'text') : panel.interval);
  const expr = interpolate(t.expr ?? '', choices, step.words, 'query');
  const legend = interpolate(t.legendFormat ?? '', choices, step.words, 'text');
  const end = range.to.valueOf() / 1000;
  if (t.instant) {
    const series = await prometheus.instant(expr, end);
    return t.format === 'table' ? frames.table(t.refId, series, alone) : frames.graph(t.refId, series, legend, undefined);
  }
  const steps = { start: align(range.from.valueOf() / 1000, step.seconds), end: align(end, step.seconds), step: step.seconds };
  const series = await prometheus.range(expr, steps.start, steps.end, steps.step);
  switch (t.format) {
    case 'table':
      return frames.table(t.refId, series, alone);
    case 'heatmap':
      return frames.heatmap(t.refId, series, steps);
    default:
      return frames.graph(t.refId, series, legend, steps);
  }
}

const align = (seconds: number, step: number) => Math.floor(seconds / step) * step;

/** A time that is marked on graphs, in milliseconds. */
export interface Mark {
  from: number;
  to: number;
  color: string;
  title: string;
}

/**
 * The times at which an annotation's series are above 0, or the times that their values are; holes of more than a step end a mark. What lies
 * outside of the range is left out.
 */
export async function marks(a: Annotation, range: TimeRange, choices: Choices): Promise<Mark[]> {
  const step = stepFor(range, 400, a.step || '60s');
  const [begin, end] = [range.from, range.to].map((t) => t.valueOf()) as [number, number];
  const [start, last] = [begin, end].map((t) => align(t / 1000, step.seconds)) as [number, number];
  const series = await prometheus.range(interpolate(a.expr ?? '', choices, step.words, 'query'), start, last, step.seconds);
  return series.flatMap((s) => {
    const out: Mark[] = [];
    const title = (a.titleFormat ?? a.name).replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label: string) => s.metric[label] ?? '');
    const times = a.useValueForTime
      ? s.values.map(([, v]) => Math.floor(prometheus.number(v)))
      : s.values.filter(([, v]) => prometheus.number(v) > 0).map(([t]) => t * 1000);
    for (const t of times) {
      const open = out[out.length - 1];
      if (open && t - open.to <= step.seconds * 1000) {
        open.to = t;
      } else {
        out.push({ from: t, to: t, color: a.iconColor ?? 'red', title });
      }
    }
    return out.filter((m) => m.to >= begin && m.from <= end);
  });
}
