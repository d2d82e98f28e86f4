// One panel: asks, draws, and notes what is wrong with it.
import { applyFieldOverrides, type DataFrame, type FieldConfigSource, FieldType, getPanelOptionsWithDefaults, type InterpolateFunction, LoadingState, type PanelPlugin, type ThresholdsConfig } from '@grafana/data';
import { PanelChrome, useTheme2 } from '@grafana/ui';
import { Component, type ComponentType, memo, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { Choices } from './interpolate';
import { interpolate } from './interpolate';
import type { Panel } from './model';
import { Heatmap } from './panels/heatmap';
import type { Drawing } from './panels/panel';
import { StateTimeline } from './panels/statetimeline';
import { Table } from './panels/table';
import { Logs, Text } from './panels/text';
import { Graph } from './panels/timeseries';
import { Bars, Gauges, Stat } from './panels/values';
import type { PanelType } from './plugins';
import { type Answer, ask, type Mark } from './query';
import type { Session } from './session';
import { judgeLooks } from './shown';
import { ownDrawing } from './textcheck';
import { message } from './variables';

/** How each type is drawn. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const views: Record<PanelType, ComponentType<any>> = {
  timeseries: Graph, stat: Stat, bargauge: Bars, gauge: Gauges, table: Table, heatmap: Heatmap, 'state-timeline': StateTimeline, text: Text, logs: Logs,
};

/** Types whose look is ours, not Grafana's: the picture says so. */
const drawnHere = new Set(['heatmap', 'gauge', 'state-timeline', 'text', 'logs']);

interface Props {
  panel: Panel;
  session: Session;
  range: Drawing['range'];
  choices: Choices;
  marks: Mark[];
  width: number;
  height: number;
  onZoom: Drawing['onZoom'];
}

export const PanelView = memo(function PanelView(p: Props) {
  const { panel, session, choices, width, height } = p;
  const [answer, setAnswer] = useState<Answer>();
  const box = useRef<HTMLDivElement>(null);
  const plugin: PanelPlugin | undefined = session.plugins[panel.type];
  useEffect(() => {
    let stale = false;
    void session.work.do(async () => {
      const found = await ask(panel, p.range, width, choices).catch((e: unknown) => ({ frames: [], errors: [message(e)] }));
      if (!stale) {
        session.judge(panel, found);
        setAnswer(found);
      }
    });
    return () => {
      stale = true;
    };
  }, [session, panel, p.range, choices, width]);
  useEffect(() => {
    if (box.current) {
      session.places.set(panel, box.current);
    }
  });
  const title = interpolate(panel.title ?? '', choices, {}, 'text');
  const loading = answer ? LoadingState.Done : LoadingState.Loading;
  return (
    <div ref={box} data-panel={panel.id} style={{ width, height, position: 'relative' }}>
      <PanelChrome
        width={width} height={height} title={title} description={panel.description ?? ''} loadingState={loading}
        {...(answer?.errors.length ? { statusMessage: answer.errors.join('\n') } : {})}
        actions={drawnHere.has(panel.type) ? <Ours type={panel.type} /> : undefined}
      >
        {(w, h) => (
          <Boundary key={`${panel.id}`} onError={(e) => session.findings.add('draw', panel, e)}>
            {plugin ? answer && <Body {...p} plugin={plugin} answer={answer} width={w} height={h} /> : <Note text={`panels of type ${panel.type} are not drawn here`} />}
          </Boundary>
        )}
      </PanelChrome>
    </div>
  );
});

/** Says that a picture is not Grafana's. */
function Ours({ type }: { type: string }) {
  const { colors } = useTheme2();
  return <span title={`Grafana publishes no component for ${type}: this look is our own`} style={{ fontSize: 11, color: colors.text.secondary, whiteSpace: 'nowrap', paddingRight: 8 }}>{ownDrawing}</span>;
}

function Note({ text, error }: { text: string; error?: boolean }) {
  const { colors } = useTheme2();
  return <div style={{ height: '100%', display: 'flex', alignItems: 'center', justifyContent: 'center', textAlign: 'center', padding: 8, color: error ? colors.error.text : colors.text.secondary }}>{text}</div>;
}

function Body({ panel, session, plugin, answer, choices, width, height, range, marks, onZoom }: Props & { plugin: PanelPlugin; answer: Answer }) {
  const theme = useTheme2();
  const { frames, options, fieldConfig, replace } = useMemo(() => dress(panel, plugin, answer.frames, choices, theme), [panel, plugin, answer, choices, theme]);
  useEffect(() => {
    if (panel.type === 'timeseries') {
      judgeLooks(panel, frames, session.findings);
    }
  }, [panel, frames, session]);
  const View = views[panel.type as PanelType];
  if (panel.type !== 'text' && isEmpty(frames)) {
    return answer.errors.length > 0 ? <Note error text={answer.errors.join('; ')} /> : <Note text={fieldConfig.defaults.noValue ?? 'No data'} />;
  }
  return <View {...{ frames, options, fieldConfig, replace, width, height, range, theme, marks, onZoom } satisfies Drawing} />;
}

/** Whether there is nothing to see: no frame with a value. */
export function isEmpty(frames: DataFrame[]): boolean {
  return !frames.some((f) => f.fields.some((x) => x.type !== FieldType.time && (x.values as unknown[]).some((v) => v !== null && v !== undefined)));
}

/** Gives options their defaults and frames their units, colours and names, as Grafana does before it draws. */
function dress(panel: Panel, plugin: PanelPlugin, data: DataFrame[], choices: Choices, theme: Drawing['theme']) {
  const { options, fieldConfig } = getPanelOptionsWithDefaults({
    plugin, currentOptions: panel.options ?? {}, currentFieldConfig: { defaults: {}, overrides: [], ...panel.fieldConfig }, isAfterPluginChange: false,
  });
  const config = openThresholds(structuredClone(fieldConfig));
  const replace: InterpolateFunction = (text, scoped) =>
    interpolate(text?.replace(/\$\{__(\w+)\.([\w.]+)\}/g, (whole, kind: string, path: string) => scopedValue(scoped, kind, path) ?? whole) ?? '', choices, {}, 'text');
  const frames = applyFieldOverrides({ data, fieldConfig: config, fieldConfigRegistry: plugin.fieldConfigRegistry, replaceVariables: replace, theme, timeZone: 'browser' });
  return { frames, options, fieldConfig: config, replace };
}

/** What ${__field.name}, ${__field.labels.x} and ${__value.raw} stand for. */
function scopedValue(scoped: Parameters<InterpolateFunction>[1], kind: string, path: string): string | undefined {
  const context = (scoped?.['__dataContext']?.value ?? {}) as { field?: { name: string; labels?: Record<string, string>; values: unknown[] }; rowIndex?: number };
  if (kind === 'field' && path === 'name') {
    return context.field?.name;
  }
  if (kind === 'field' && path.startsWith('labels.')) {
    return context.field?.labels?.[path.slice('labels.'.length)];
  }
  return kind === 'value' && context.rowIndex !== undefined ? String(context.field?.values[context.rowIndex]) : undefined;
}

/** JSON has no -Infinity: where thresholds begin is null. */
function openThresholds(config: FieldConfigSource): FieldConfigSource {
  const all = [config.defaults.thresholds, ...config.overrides.flatMap((o) => o.properties.filter((p) => p.id === 'thresholds').map((p) => p.value as ThresholdsConfig))];
  for (const first of all.flatMap((t) => t?.steps.slice(0, 1) ?? [])) {
    first.value ??= -Infinity;
  }
  return config;
}

/** Keeps a panel whose drawing fails from taking the board along. */
class Boundary extends Component<{ onError: (what: string) => void; children: ReactNode }, { failed?: string }> {
  override state: { failed?: string } = {};
  static getDerivedStateFromError(e: unknown) {
    return { failed: message(e) };
  }
  override componentDidCatch(e: unknown) {
    this.props.onError(message(e));
  }
  override render() {
    return this.state.failed ? <Note error text={this.state.failed} /> : this.props.children;
  }
}
