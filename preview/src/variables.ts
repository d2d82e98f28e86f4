// The variables of a board: what there is to choose from, and what is chosen.
import { rangeUtil, type TimeRange } from '@grafana/data';
import type { Findings } from './findings';
import { interpolate, type Choices } from './interpolate';
import { stepFor } from './interval';
import type { Variable } from './model';
import { instant, labelValues } from './prometheus';

const all = '$__all';

/** Asks for each variable's options, in the board's order, since later ones may depend on earlier ones. Chosen holds var-NAME of the address. */
export async function choose(list: Variable[], range: TimeRange, chosen: URLSearchParams, findings: Findings): Promise<Choices> {
  const choices: Choices = {};
  for (const v of list) {
    let options: string[] = [];
    try {
      options = await optionsOf(v, range, choices);
      if (options.length === 0) {
        findings.add('variable', undefined, `variable ${v.name} has no values`);
      }
    } catch (e) {
      findings.add('variable', undefined, `variable ${v.name}: ${message(e)}`);
    }
    const current = [v.current?.value ?? []].flat().filter((x) => x !== '');
    let values = chosen.has(`var-${v.name}`) ? chosen.getAll(`var-${v.name}`) : current;
    if (v.type === 'query' && !values.includes(all)) {
      values = values.filter((x) => options.includes(x));
    }
    if (values.length === 0) {
      values = v.includeAll ? [all] : options.slice(0, 1);
    }
    const isAll = values.includes(all);
    choices[v.name] = { options, values: isAll ? [] : values, all: isAll, allValue: v.allValue ?? '', multi: v.multi === true };
  }
  return choices;
}

async function optionsOf(v: Variable, range: TimeRange, choices: Choices): Promise<string[]> {
  const text = typeof v.query === 'string' ? v.query : (v.query?.query ?? '');
  switch (v.type) {
    case 'datasource':
      return ['Prometheus'];
    case 'custom':
    case 'interval':
      return text.split(',').map((s) => s.trim()).filter(Boolean);
    case 'constant':
    case 'textbox':
      return [text];
    case 'query':
      return arrange(v, await ask(interpolate(text, choices, stepFor(range, 100, undefined).words, 'query'), range));
    default:
      throw new Error(`variables of type ${v.type} are not known here`);
  }
}

/** Grafana's functions for Prometheus. */
async function ask(query: string, range: TimeRange): Promise<string[]> {
  const [from, to] = [range.from.valueOf() / 1000, range.to.valueOf() / 1000];
  const labels = /^\s*label_values\((?:(.+),\s*)?([\w:.]+)\s*\)\s*$/.exec(query);
  if (labels?.[2]) {
    return labelValues(labels[2], labels[1], from, to);
  }
  const metrics = /^\s*metrics\((.*)\)\s*$/.exec(query);
  if (metrics) {
    const wanted = new RegExp(metrics[1] ?? '');
    return (await labelValues('__name__', undefined, from, to)).filter((name) => wanted.test(name));
  }
  const result = /^\s*query_result\((.*)\)\s*$/s.exec(query);
  if (result?.[1]) {
    const series = await instant(result[1], to);
    return series.map(({ metric: { __name__, ...rest }, values }) => {
      const labels = Object.entries(rest).map(([k, v]) => `${k}="${v}"`);
      return `${__name__ ?? ''}{${labels.join(',')}} ${values[0]?.[1]} ${(values[0]?.[0] ?? 0) * 1000}`;
    });
  }
  throw new Error(`query not known: ${query}`);
}

/** Picks by the variable's expression and sorts as it asks: 1 and 2 by letter, 3 and 4 by number, 5 and 6 regardless of case, 7 and 8 naturally. */
function arrange(v: Variable, found: string[]): string[] {
  const pattern = /^\/(.*)\/([a-z]*)$/.exec(v.regex ?? '');
  const pick = v.regex ? new RegExp(pattern?.[1] ?? v.regex, pattern?.[2]?.replace('g', '')) : undefined;
  const picked = found.flatMap((x) => {
    const m = pick?.exec(x);
    return pick ? (m ? [m.groups?.['value'] ?? m[1] ?? m[0]] : []) : [x];
  });
  const out = [...new Set(picked)];
  if (v.sort) {
    const numeric = v.sort === 3 || v.sort === 4;
    out.sort((a, b) => (numeric ? parseFloat(a) - parseFloat(b) : a.localeCompare(b, undefined, { numeric: v.sort! >= 7 })));
    if (v.sort % 2 === 0) {
      out.reverse();
    }
  }
  return out;
}

export function message(e: unknown): string {
  return e instanceof Error ? e.message : String(e);
}

/** How long the board's interval text is in milliseconds, or 0 where it means never. */
export function intervalMs(text: string | undefined): number {
  return text ? rangeUtil.intervalToMs(text) : 0;
}
