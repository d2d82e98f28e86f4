// The part of Prometheus' HTTP API that boards need, by way of the proxy at /prometheus on this page's own origin.
import type { Labels } from '@grafana/data';

export interface Series {
  metric: Labels;
  /** Seconds and value, as the API writes them. */
  values: Array<[number, string]>;
}

const base = '/prometheus/api/v1/';

/** The data of an answer; throws what the server complains of. */
async function get<T>(path: string, query: Record<string, string>): Promise<T> {
  const reply = await fetch(base + path, { method: 'POST', body: new URLSearchParams(query) });
  const body = await reply.text();
  let answer: { status?: string; data?: T; error?: string };
  try {
    answer = JSON.parse(body);
  } catch {
    throw new Error(`${path}: HTTP ${reply.status}: not an answer of Prometheus`);
  }
  if (answer.status !== 'success' || answer.data === undefined) {
    throw new Error(answer.error ?? `${path}: HTTP ${reply.status}`);
  }
  return answer.data;
}

interface Result {
  resultType: string;
  result: unknown;
}

/** The value of each series at a moment, in seconds. */
export async function instant(query: string, time: number): Promise<Series[]> {
  const data = await get<Result>('query', { query, time: `${time}` });
  switch (data.resultType) {
    case 'scalar':
      return [{ metric: {}, values: [data.result as [number, string]] }];
    case 'vector':
      return (data.result as Array<{ metric: Labels; value: [number, string] }>).map((s) => ({ metric: s.metric, values: [s.value] }));
    default:
      throw new Error(`a ${data.resultType} is not a number at a moment`);
  }
}

/** Each series from start to end, in seconds, a value each step. */
export async function range(query: string, start: number, end: number, step: number): Promise<Series[]> {
  const data = await get<Result>('query_range', { query, start: `${start}`, end: `${end}`, step: `${step}` });
  return data.result as Series[];
}

/** The values of a label, of the series that match if a selector is given. */
export async function labelValues(label: string, selector: string | undefined, start: number, end: number): Promise<string[]> {
  const query = new URLSearchParams({ start: `${start}`, end: `${end}`, ...(selector ? { 'match[]': selector } : {}) });
  const reply = await fetch(`${base}label/${encodeURIComponent(label)}/values?${query}`); // this one has no POST
  const answer = (await reply.json()) as { status: string; data?: string[]; error?: string };
  if (answer.status !== 'success' || !answer.data) {
    throw new Error(answer.error ?? `label values: HTTP ${reply.status}`);
  }
  return answer.data;
}

/** A number as Prometheus writes it. */
export function number(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}
