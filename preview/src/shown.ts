// Whether what a panel names is in what it got, and whether what it shows can be told apart: this is known only with data.
import { fieldMatchers, FieldType, getFieldDisplayName, type DataFrame, type Field } from '@grafana/data';
import type { Findings } from './findings';
import type { Panel } from './model';

interface Named {
  name: string;
  field: Field;
  frame: DataFrame;
}

const fieldsOf = (frames: DataFrame[]): Named[] => frames.flatMap((frame) => frame.fields.map((field) => ({ name: getFieldDisplayName(field, frame, frames), field, frame })));

/** Judges what a panel's options and overrides name against the fields that came. */
export function judgeNamed(panel: Panel, frames: DataFrame[], findings: Findings): void {
  const fields = fieldsOf(frames);
  if (fields.length === 0) {
    return;
  }
  const options = panel.options as { reduceOptions?: { fields?: string }; sortBy?: Array<{ displayName: string }> } | undefined;
  const wanted = options?.reduceOptions?.fields;
  if (wanted && !fields.some(({ field, frame }) => fieldMatchers.get('byRegexp').get(wanted)(field, frame, frames))) {
    findings.add('empty', panel, `no field is named ${wanted}`);
  }
  for (const { displayName } of options?.sortBy ?? []) {
    if (!fields.some(({ name }) => name === displayName)) {
      findings.add('name', panel, `no column to sort by is named ${JSON.stringify(displayName)}`);
    }
  }
  judgeOverrides(panel, frames, fields, findings);
}

/** An override by name may wait for a series that has no data now; but if a series has none for it, the name is a slip. */
function judgeOverrides(panel: Panel, frames: DataFrame[], fields: Named[], findings: Findings): void {
  const rules = (panel.fieldConfig?.overrides ?? []).filter((r) => r.matcher.id !== 'byFrameRefID' && fieldMatchers.getIfExists(r.matcher.id));
  const matched = rules.map((r) => fields.filter(({ field, frame }) => fieldMatchers.get(r.matcher.id).get(r.matcher.options)(field, frame, frames)));
  const bare = fields.filter((f) => f.field.type === FieldType.number && !matched.some((m) => m.includes(f)));
  rules.forEach((r, i) => {
    if (r.matcher.id === 'byName' && matched[i]?.length === 0 && bare.length > 0) {
      findings.add('name', panel, `an override is for ${JSON.stringify(r.matcher.options)}, and nothing is for ${JSON.stringify(bare[0]?.name)}`);
    }
  });
}

/** Judges whether the lines of a graph differ; frames have their looks applied. */
export function judgeLooks(panel: Panel, frames: DataFrame[], findings: Findings): void {
  const looks = new Map<string, string>();
  for (const { name, field } of fieldsOf(frames)) {
    const { color, custom } = field.config;
    if (field.type !== FieldType.number || color?.mode !== 'fixed' || !(field.values as unknown[]).some((v) => v)) {
      continue; // what is 0 all the time is told by its place
    }
    const look = JSON.stringify([color.fixedColor, custom?.lineStyle, custom?.lineWidth]);
    const other = looks.get(look);
    if (other !== undefined) {
      findings.add('alike', panel, `"${other}" and "${name}" look alike`);
    }
    looks.set(look, name);
  }
}
