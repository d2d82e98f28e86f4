// The types that the pieces of a board are held to: those of @grafana/schema as JSON spells them. See internal/dashboard/schema.
import type * as g from '@grafana/schema';
import type * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as gauge from '@grafana/schema/dist/esm/raw/composable/gauge/panelcfg/x/GaugePanelCfg_types.gen';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as logs from '@grafana/schema/dist/esm/raw/composable/logs/panelcfg/x/LogsPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as statetimeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as text from '@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// Json turns enumerations into their values and drops index signatures beside known keys, so that an unknown key is an error.
type Json<T> = unknown extends T ? T
  : T extends string ? `${T}`
  : T extends number ? (`${T}` extends `${infer N extends number}` ? N : never)
  : T extends boolean | null | undefined ? T
  : T extends ReadonlyArray<infer E> ? Json<E>[]
  : T extends object ? JsonObject<T>
  : T;
type JsonObject<T> = keyof Named<T> extends never
  ? (T extends Record<string, infer V> ? Record<string, Json<V>> : T)
  : { [K in keyof Named<T>]: Json<Named<T>[K]> };
type Named<T> = { [K in keyof T as string extends K ? never : number extends K ? never : symbol extends K ? never : K]: T[K] };

// Loose makes everything optional: Grafana fills in what is left out.
type Loose<T> = unknown extends T ? T
  : T extends ReadonlyArray<infer E> ? E[]
  : T extends object ? { [K in keyof T]?: Loose<T[K]> }
  : T;

// Missing are the keys that a piece must have and does not.
type Needed<T> = { [K in keyof T]-?: {} extends Pick<T, K> ? never : K }[keyof T];
export type Missing<T, Has> = Exclude<Needed<T>, Has>;

// What a piece has to have and the types leave open: without it Grafana guesses, or shows nothing.
type Demand<T, K extends keyof T> = T & { [P in K]-?: NonNullable<T[P]> };

export type Board = Omit<Demand<Json<g.Dashboard>, 'uid' | 'title' | 'tags' | 'time'>, 'panels' | 'templating' | 'annotations'>
  & { panels: unknown; templating: unknown; annotations: unknown };

export type Variable = Json<g.VariableModel> & { definition?: string };

// The query of an annotation stands beside its name, where every version since 7 looks for it.
export type Annotation = Json<g.AnnotationQuery>
  & { expr?: string; step?: string; titleFormat?: string; textFormat?: string; tagKeys?: string; useValueForTime?: boolean };

export interface Target {
  refId: string;
  datasource: { type: 'prometheus' | 'loki'; uid: string };
  expr: string;
  legendFormat?: string;
  format?: 'time_series' | 'table' | 'heatmap';
  interval?: string;
  instant?: boolean;
  range?: boolean;
  exemplar?: boolean;
  editorMode?: 'code' | 'builder';
  queryType?: 'range' | 'instant';
  maxLines?: number;
  hide?: boolean;
}

// The options and the custom field options of each kind of panel.
interface Bodies {
  bargauge: [bargauge.Options, {}];
  gauge: [gauge.Options, {}];
  heatmap: [heatmap.Options, heatmap.FieldConfig];
  logs: [logs.Options, {}];
  stat: [stat.Options, {}];
  'state-timeline': [statetimeline.Options, statetimeline.FieldConfig & { spanNulls?: boolean | number }];
  table: [table.Options, table.FieldConfig];
  text: [text.Options, {}];
  timeseries: [timeseries.Options, timeseries.FieldConfig];
}
export type Kind = keyof Bodies;

type Field = Omit<Json<g.FieldConfig>, 'custom'>;
type Custom<K extends Kind> = Loose<Json<Bodies[K][1]>>;

// An override sets a standard option, or one of the panel's own.
type Property<K extends Kind> =
  | { [P in keyof Field]-?: { id: P; value?: Field[P] } }[keyof Field]
  | { [P in keyof Custom<K> & string]-?: { id: `custom.${P}`; value?: Custom<K>[P] } }[keyof Custom<K> & string];

export interface Override<K extends Kind> {
  matcher: { id: string; options?: unknown };
  properties: Property<K>[];
}

export type Options<K extends Kind> = Loose<Json<Bodies[K][0]>>;
export type Defaults<K extends Kind> = Field & { custom?: Custom<K> };
export type CustomOf<K extends Kind> = Custom<K>;
export type Transformation = Omit<Json<g.DataTransformerConfig>, 'options'> & { options: unknown };
export type PanelOf<K extends Kind> = Omit<Json<g.Panel>, 'type' | 'options' | 'fieldConfig' | 'targets' | 'transformations'> & {
  id: number;
  title: string;
  gridPos: Json<g.GridPos>;
  type: K;
  options: unknown;
  fieldConfig?: unknown;
  targets?: Target[];
  transformations?: Transformation[];
};

export type Row = Omit<Json<g.RowPanel>, 'panels'> & { title: string; panels: unknown };
