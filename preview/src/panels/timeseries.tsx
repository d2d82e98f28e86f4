// Graphs over time: Grafana's own, with marks for annotations.
import { FieldType } from '@grafana/data';
import type { SortOrder, TooltipDisplayMode, VizLegendOptions } from '@grafana/schema';
import { TimeSeries, TooltipPlugin, type UPlotConfigBuilder, ZoomPlugin } from '@grafana/ui';
import { useRef } from 'react';
import type { Mark } from '../query';
import type { Drawing } from './panel';

interface Options {
  legend: VizLegendOptions;
  tooltip: { mode: TooltipDisplayMode; sort: SortOrder };
}

export function Graph({ frames, options, width, height, range, marks, theme, onZoom }: Drawing<Options>) {
  const shown = useRef<Mark[]>(marks); // what is drawn is the newest, whatever Grafana keeps of the plot
  shown.current = marks;
  const marked = useRef(new WeakSet<UPlotConfigBuilder>());
  const mark = (config: UPlotConfigBuilder) => {
    if (!marked.current.has(config)) {
      marked.current.add(config);
      config.addHook('draw', (plot: Plot) => drawMarks(plot, shown.current, (name) => theme.visualization.getColorByName(name)));
    }
  };
  const numbers = frames.map((f) => ({ ...f, fields: f.fields.filter((x) => x.type === FieldType.time || x.type === FieldType.number) }));
  return (
    <TimeSeries frames={numbers} width={width} height={height} timeRange={range} timeZone="browser" legend={options.legend} options={options}>
      {(config, aligned) => {
        mark(config);
        return (
          <>
            <ZoomPlugin config={config} onZoom={({ from, to }) => onZoom(from, to)} />
            <TooltipPlugin config={config} data={aligned} frames={numbers} mode={options.tooltip.mode} sortOrder={options.tooltip.sort} timeZone="browser" />
          </>
        );
      }}
    </TimeSeries>
  );
}

/** The part of a uPlot that is drawn on. */
interface Plot {
  ctx: CanvasRenderingContext2D;
  bbox: { left: number; top: number; width: number; height: number };
  valToPos(value: number, scale: string, canvas: boolean): number;
}

/** A mark is a pale band between dashed lines, as in Grafana. */
function drawMarks(plot: Plot, marks: Mark[], color: (name: string) => string) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const m of marks) {
    const [from, to] = [plot.valToPos(m.from, 'x', true), plot.valToPos(m.to, 'x', true)];
    ctx.fillStyle = ctx.strokeStyle = color(m.color);
    ctx.globalAlpha = 0.1;
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
    ctx.globalAlpha = 0.9;
    ctx.setLineDash([4, 4]);
    for (const x of new Set([from, to])) {
      ctx.strokeRect(x, bbox.top - 1, 0, bbox.height + 2);
    }
  }
  ctx.restore();
}
