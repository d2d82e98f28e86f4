// What each type of panel knows: the options of its fields and of itself, with Grafana's defaults. Grafana keeps this in its app, which is
// not published; the names and defaults are those of its panels' schemas (@grafana/schema, raw/composable/*/panelcfg).
import {
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  type FieldConfigPropertyItem,
  identityOverrideProcessor,
  numberOverrideProcessor,
  PanelPlugin,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  ThresholdsMode,
  thresholdsOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';

type Values = Record<string, unknown>;

/** Editors are never shown here. */
const noEditor = () => null;

/** Fills the registries that Grafana's app fills when it starts. */
export function register(): void {
  const item = (id: string, process: unknown, defaultValue?: unknown) =>
    ({ id, path: id, name: id, process, defaultValue, editor: noEditor, override: noEditor, shouldApply: () => true }) as unknown as FieldConfigPropertyItem;
  standardFieldConfigEditorRegistry.setInit(() => [
    ...['unit', 'fieldMinMax', 'color', 'actions', 'filterable', 'description'].map((id) => item(id, identityOverrideProcessor)),
    ...['min', 'max', 'decimals'].map((id) => item(id, numberOverrideProcessor)),
    item('displayName', displayNameOverrideProcessor),
    item('noValue', stringOverrideProcessor),
    item('mappings', valueMappingsOverrideProcessor, []),
    item('links', dataLinksOverrideProcessor),
    item('thresholds', thresholdsOverrideProcessor, {
      mode: ThresholdsMode.Absolute,
      steps: [{ value: -Infinity, color: 'green' }, { value: 80, color: 'red' }],
    }),
  ]);
  const transformers = new Map(Object.values(standardTransformers).map((t) => [t.id, t])); // one is listed twice
  standardTransformersRegistry.setInit(() =>
    [...transformers.values()].map((t) => ({ id: t.id, name: t.name, transformation: t, editor: noEditor, imageDark: '', imageLight: '' })),
  );
}

const hideFrom = { legend: false, tooltip: false, viz: false };
const scaleDistribution = { type: 'linear' };
const legend = { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [], sortBy: undefined, sortDesc: undefined, width: undefined };
const tooltip = { mode: 'single', sort: 'none', hideZeros: false, maxHeight: undefined, maxWidth: undefined };
const reduceOptions = { values: false, calcs: ['lastNotNull'], fields: '', limit: undefined };
const byValue = { mode: 'thresholds' };

const graphFields: Values = {
  axisPlacement: 'auto', axisLabel: '', axisWidth: undefined, axisColorMode: 'text', axisBorderShow: false, axisGridShow: undefined,
  axisCenteredZero: false, axisSoftMin: undefined, axisSoftMax: undefined, scaleDistribution, drawStyle: 'line', lineInterpolation: 'linear',
  barAlignment: 0, barWidthFactor: 0.6, lineWidth: 1, fillOpacity: 0, gradientMode: 'none', fillBelowTo: undefined, lineStyle: { fill: 'solid' },
  spanNulls: false, insertNulls: false, showPoints: 'auto', showValues: false, pointSize: 5, stacking: { mode: 'none', group: 'A' },
  thresholdsStyle: { mode: 'off' }, transform: undefined, hideFrom,
};

/** The panels that can be drawn. */
export type PanelType = 'timeseries' | 'stat' | 'gauge' | 'bargauge' | 'table' | 'heatmap' | 'state-timeline' | 'text' | 'logs';

/** A plugin for each type. */
export function makePlugins(): Record<PanelType, PanelPlugin> {
  return {
    timeseries: plugin('timeseries', { mode: 'palette-classic' }, graphFields, { legend, tooltip, timezone: undefined }),
    stat: plugin('stat', byValue, { hideFrom }, {
      reduceOptions, orientation: 'auto', textMode: 'auto', wideLayout: true, colorMode: 'value', graphMode: 'area', justifyMode: 'auto',
      showPercentChange: false, percentChangeColorMode: 'standard', text: undefined,
    }),
    gauge: plugin('gauge', byValue, { hideFrom }, {
      reduceOptions, orientation: 'auto', showThresholdLabels: false, showThresholdMarkers: true, sizing: 'auto', minVizWidth: 75, minVizHeight: 75,
      text: undefined,
    }),
    bargauge: plugin('bargauge', byValue, { hideFrom }, {
      reduceOptions, orientation: 'auto', displayMode: 'gradient', valueMode: 'color', namePlacement: 'auto', showUnfilled: true, sizing: 'auto',
      minVizWidth: 8, minVizHeight: 16, maxVizHeight: 300, text: undefined, legend: { ...legend, showLegend: false },
    }),
    table: plugin('table', byValue, {
      align: 'auto', cellOptions: { type: 'auto' }, width: undefined, minWidth: undefined, filterable: undefined, hidden: undefined, hideFrom: { viz: false },
      inspect: false, footer: { reducers: [] }, wrapText: undefined, wrapHeaderText: undefined, tooltip: undefined,
    }, { frameIndex: 0, showHeader: true, cellHeight: 'sm', sortBy: [], showTypeIcons: false, frozenColumns: undefined, enablePagination: undefined, footer: undefined }),
    heatmap: plugin('heatmap', byValue, { hideFrom, scaleDistribution }, {
      calculate: false, cellGap: 1, showValue: 'auto', filterValues: { le: 1e-9 }, legend: { show: true }, tooltip: { mode: 'single', yHistogram: false, showColorScale: false },
      color: { mode: 'scheme', scheme: 'Oranges', fill: 'dark-orange', scale: 'exponential', exponent: 0.5, steps: 64, reverse: false, min: undefined, max: undefined },
      yAxis: { axisPlacement: 'left', reverse: false, unit: undefined, decimals: undefined, axisLabel: undefined, min: undefined, max: undefined },
      cellValues: { unit: undefined, decimals: undefined }, exemplars: { color: 'rgba(255,0,255,0.7)' }, rowsFrame: { layout: 'auto', value: undefined },
    }),
    'state-timeline': plugin('state-timeline', byValue, { lineWidth: 0, fillOpacity: 70, hideFrom, spanNulls: false, insertNulls: false, axisPlacement: undefined }, {
      mergeValues: true, showValue: 'auto', alignValue: 'left', rowHeight: 0.9, perPage: undefined, legend, tooltip, timezone: undefined,
    }),
    text: plugin('text', byValue, {}, { mode: 'markdown', content: '', code: undefined }),
    logs: plugin('logs', byValue, {}, {
      showTime: true, showLabels: false, showCommonLabels: false, wrapLogMessage: false, prettifyLogMessage: false, enableLogDetails: true,
      sortOrder: 'Descending', dedupStrategy: 'none',
    }),
  };
}

function plugin(id: string, color: Values, fields: Values, options: Values): PanelPlugin {
  const made = new PanelPlugin(noEditor);
  made.meta = { id, name: id } as PanelPlugin['meta'];
  const describe = (path: string, defaultValue: unknown) => ({
    id: path, path, name: path, defaultValue, editor: noEditor, override: noEditor, process: identityOverrideProcessor, shouldApply: () => true,
  });
  made.useFieldConfig({
    standardOptions: { color: { defaultValue: color } },
    useCustomConfig: (builder) => Object.entries(fields).forEach(([path, value]) => builder.addCustomEditor(describe(path, value))),
  });
  made.setPanelOptions((builder) => {
    for (const [key, value] of Object.entries(options)) {
      const group = value !== null && typeof value === 'object' && !Array.isArray(value);
      for (const [inner, v] of group ? Object.entries(value) : [['', value] as const]) {
        const path = inner === '' ? key : `${key}.${inner}`;
        builder.addCustomEditor({ id: path, path, name: path, defaultValue: v, editor: noEditor });
      }
    }
  });
  return made;
}
