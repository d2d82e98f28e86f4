// Single values: stat and bar gauge as Grafana draws them, and a gauge of our own, because Grafana's needs a library that only its app has.
import { type DisplayValueAlignmentFactors, type FieldDisplay, getDisplayValueAlignmentFactors, getFieldDisplayValues, type ReduceDataOptions, VizOrientation } from '@grafana/data';
import type { BarGaugeDisplayMode, BarGaugeNamePlacement, BarGaugeValueMode, VizTextDisplayOptions } from '@grafana/schema';
import { BarGauge, BigValue, type BigValueColorMode, BigValueGraphMode, type BigValueJustifyMode, type BigValueTextMode, VizRepeater } from '@grafana/ui';
import { GaugeArc } from './gauge';
import type { Drawing } from './panel';

interface Common {
  reduceOptions: ReduceDataOptions;
  orientation: VizOrientation;
  text?: VizTextDisplayOptions;
  minVizWidth?: number;
  minVizHeight?: number;
  maxVizHeight?: number;
}

export interface Options extends Common {
  colorMode: BigValueColorMode;
  graphMode: BigValueGraphMode;
  justifyMode: BigValueJustifyMode;
  textMode: BigValueTextMode;
  wideLayout: boolean;
  displayMode: BarGaugeDisplayMode;
  valueMode: BarGaugeValueMode;
  namePlacement: BarGaugeNamePlacement;
  showUnfilled: boolean;
  showThresholdMarkers: boolean;
}

interface One {
  value: FieldDisplay;
  alignmentFactors: DisplayValueAlignmentFactors;
  width: number;
  height: number;
  count: number;
  orientation: VizOrientation;
}

/** Draws each value in a part of the panel. */
function Values(d: Drawing<Options> & { sparkline?: boolean; autoGrid?: boolean; spacing: number; one: (one: One) => JSX.Element }) {
  const { options: o } = d;
  const values = () =>
    getFieldDisplayValues({
      fieldConfig: d.fieldConfig, reduceOptions: o.reduceOptions, replaceVariables: d.replace, theme: d.theme, data: d.frames,
      sparkline: d.sparkline ?? false, timeZone: 'browser',
    });
  return (
    <VizRepeater<FieldDisplay, DisplayValueAlignmentFactors>
      getValues={values} getAlignmentFactors={getDisplayValueAlignmentFactors} width={d.width} height={d.height} source={d.frames} renderCounter={0}
      itemSpacing={d.spacing} autoGrid={d.autoGrid ?? false} orientation={o.orientation} renderValue={d.one}
      {...(o.minVizWidth === undefined ? {} : { minVizWidth: o.minVizWidth })}
      {...(o.minVizHeight === undefined ? {} : { minVizHeight: o.minVizHeight })}
      {...(o.maxVizHeight === undefined ? {} : { maxVizHeight: o.maxVizHeight })}
    />
  );
}

export function Stat(d: Drawing<Options>) {
  const { options: o, theme, range } = d;
  return (
    <Values {...d} spacing={3} autoGrid sparkline={o.graphMode !== BigValueGraphMode.None} one={({ value, alignmentFactors, width, height, count }) => (
      <BigValue
        value={value.display} count={count} colorMode={o.colorMode} graphMode={o.graphMode} justifyMode={o.justifyMode} textMode={o.textMode}
        alignmentFactors={alignmentFactors} width={width} height={height} theme={theme} disableWideLayout={!o.wideLayout}
        {...(o.text ? { text: o.text } : {})} {...(value.sparkline ? { sparkline: { ...value.sparkline, timeRange: range } } : {})}
      />
    )} />
  );
}

export function Bars(d: Drawing<Options>) {
  const { options: o, theme } = d;
  return (
    <Values {...d} spacing={8} one={({ value, alignmentFactors, width, height, orientation }) => (
      <BarGauge
        value={value.display} field={value.field} width={width} height={height} orientation={orientation} theme={theme} itemSpacing={8} lcdCellWidth={12}
        displayMode={o.displayMode} valueDisplayMode={o.valueMode} namePlacement={o.namePlacement} showUnfilled={o.showUnfilled}
        alignmentFactors={alignmentFactors} isOverflow={false} {...(o.text ? { text: o.text } : {})}
        display={value.view?.getFieldDisplayProcessor(value.colIndex ?? 0) ?? (() => value.display)}
      />
    )} />
  );
}

export function Gauges(d: Drawing<Options>) {
  return (
    <Values {...d} spacing={8} autoGrid one={({ value, width, height, count }) => (
      <GaugeArc value={value} width={width} height={height} named={count > 1} theme={d.theme} markers={d.options.showThresholdMarkers} />
    )} />
  );
}
