// The step of a query and the range of a rate, as Grafana's Prometheus data source chooses them.
import { rangeUtil, type TimeRange } from '@grafana/data';

/** Grafana's default for a data source that names no scrape interval, in seconds. */
const scrapeSeconds = 15;

export interface Step {
  /** In seconds. */
  seconds: number;
  /** What queries may use: $__interval and its kin. */
  words: Record<string, string>;
}

/** The step for a graph of so many points, not finer than least (such as "15s"). */
export function stepFor(range: TimeRange, points: number, least: string | undefined): Step {
  const floor = least ?? `${scrapeSeconds}s`;
  const seconds = Math.max(1, Math.round(rangeUtil.calculateInterval(range, points, floor).intervalMs / 1000));
  const scrape = rangeUtil.intervalToSeconds(floor);
  const rate = Math.max(seconds + scrape, 4 * scrape);
  const whole = Math.round((range.to.valueOf() - range.from.valueOf()) / 1000);
  return {
    seconds,
    words: {
      __interval: `${seconds}s`,
      __interval_ms: `${seconds * 1000}`,
      __rate_interval: `${rate}s`,
      __rate_interval_ms: `${rate * 1000}`,
      __range: `${whole}s`,
      __range_s: `${whole}`,
      __range_ms: `${whole * 1000}`,
      __from: `${range.from.valueOf()}`,
      __to: `${range.to.valueOf()}`,
    },
  };
}
