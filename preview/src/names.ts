// Names that are plain text in a board, so that no type can check them: Grafana ignores one that it does not know, without a word.
import { fieldMatchers, fieldReducers, getValueFormats, standardTransformersRegistry, type PanelPlugin } from '@grafana/data';
import type { Findings } from './findings';
import { drawn, type Board, type Panel } from './model';

/** Units with a free part, such as "suffix:calls" or "time:HH:mm". */
const freeUnit = /^(suffix|prefix|time|si|count|currency|bool):/;

/** Judges all panels of a board against what the panels and Grafana's registries know. */
export function judgeNames(board: Board, plugins: Record<string, PanelPlugin>, findings: Findings): void {
  const units = new Set(getValueFormats().flatMap((category) => category.submenu.map((unit) => unit.value)));
  const judge = (panel: Panel, unit: unknown) => {
    if (unit !== undefined && unit !== '' && !(typeof unit === 'string' && (units.has(unit) || freeUnit.test(unit)))) {
      findings.add('unit', panel, `unit ${JSON.stringify(unit)} is not known`);
    }
  };
  const holders = new Map<number, string>();
  const rows = (board.panels ?? []).filter((p) => p.type === 'row');
  for (const panel of [...rows, ...drawn(board.panels)]) {
    const holder = holders.get(panel.id);
    if (holder !== undefined) {
      findings.add('id', panel, `id ${panel.id} is also that of "${holder}"`);
    }
    holders.set(panel.id, panel.title ?? '');
    const { x, w } = panel.gridPos ?? { x: 0, w: 12 };
    if (x < 0 || x + w > 24) {
      findings.add('id', panel, `columns ${x} to ${x + w}: the grid has 24`);
    }
    if (panel.type === 'row') {
      continue;
    }
    judge(panel, panel.fieldConfig?.defaults?.unit);
    for (const rule of panel.fieldConfig?.overrides ?? []) {
      rule.properties.filter((p) => p.id === 'unit').forEach((p) => judge(panel, p.value));
    }
    const options = panel.options as { yAxis?: { unit?: unknown }; cellValues?: { unit?: unknown } } | undefined;
    judge(panel, options?.yAxis?.unit);
    judge(panel, options?.cellValues?.unit);
    judgeFields(panel, plugins[panel.type], findings);
    judgeChanges(panel, findings);
  }
}

/** Options and overrides of fields. */
function judgeFields(panel: Panel, plugin: PanelPlugin | undefined, findings: Findings): void {
  if (plugin === undefined) {
    findings.add('type', panel, `panels of type ${JSON.stringify(panel.type)} are not drawn here`);
    return;
  }
  const known = plugin.fieldConfigRegistry;
  for (const key of Object.keys(panel.fieldConfig?.defaults?.custom ?? {})) {
    if (!known.getIfExists(`custom.${key}`)) {
      findings.add('property', panel, `custom.${key} is no option of ${panel.type}`);
    }
  }
  for (const rule of panel.fieldConfig?.overrides ?? []) {
    if (!fieldMatchers.getIfExists(rule.matcher.id)) {
      findings.add('matcher', panel, `matcher ${JSON.stringify(rule.matcher.id)} is not known`);
    }
    for (const property of rule.properties) {
      if (!known.getIfExists(property.id)) {
        findings.add('property', panel, `override property ${JSON.stringify(property.id)} is not known to ${panel.type}`);
      }
    }
  }
}

/** What is computed of the data: transformations and reducers. */
function judgeChanges(panel: Panel, findings: Findings): void {
  for (const t of panel.transformations ?? []) {
    if (!standardTransformersRegistry.getIfExists(t.id)) {
      findings.add('transformation', panel, `transformation ${JSON.stringify(t.id)} is not known`);
    }
  }
  const options = panel.options as { reduceOptions?: { calcs?: string[] }; legend?: { calcs?: string[] } } | undefined;
  for (const calc of [...(options?.reduceOptions?.calcs ?? []), ...(options?.legend?.calcs ?? [])]) {
    if (!fieldReducers.getIfExists(calc)) {
      findings.add('reducer', panel, `reducer ${JSON.stringify(calc)} is not known`);
    }
  }
}
