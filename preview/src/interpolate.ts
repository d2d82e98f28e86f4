// Variables in queries and titles, in the formats that Grafana knows.

/** What the reader has chosen for a variable. */
export interface Choice {
  /** The values that there are. */
  options: string[];
  /** The chosen ones; empty when all is chosen. */
  values: string[];
  all: boolean;
  /** What stands for all in a query; empty where the options are listed one by one. */
  allValue: string;
  multi: boolean;
}

export type Choices = Record<string, Choice>;

const variable = /\$\{(\w+)(?::(\w+))?\}|\$(\w+)|\[\[(\w+)(?::(\w+))?\]\]/g;

/** Text with the names in words and choices replaced; other names stay as they are. Without a format, form says how values are written. */
export function interpolate(text: string, choices: Choices, words: Record<string, string>, form: 'query' | 'text'): string {
  return text.replace(variable, (whole, a, aFormat, b, c, cFormat) => {
    const name: string = a ?? b ?? c;
    const word = words[name];
    if (word !== undefined) {
      return word;
    }
    const choice = choices[name];
    return choice ? write(choice, name, aFormat ?? cFormat ?? form) : whole;
  });
}

function write(choice: Choice, name: string, format: string): string {
  if (choice.all && choice.allValue !== '' && format !== 'text') {
    return choice.allValue;
  }
  const values = choice.all ? choice.options : choice.values;
  switch (format) {
    case 'text':
      return choice.all ? 'All' : values.join(' + ');
    case 'csv':
    case 'raw':
      return values.join(',');
    case 'pipe':
      return values.join('|');
    case 'queryparam':
      return values.map((v) => `var-${name}=${encodeURIComponent(v)}`).join('&');
    case 'query':
      return choice.multi || choice.all ? alternatives(values) : (values[0] ?? '').replace(/[\\"]/g, '\\$&');
    default:
      return alternatives(values);
  }
}

/** A regular expression within a PromQL string, where each backslash is written twice. */
function alternatives(values: string[]): string {
  const escaped = values.map((v) => v.replace(/[\\^$*+?.()|[\]{}]/g, '\\\\$&'));
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
}
