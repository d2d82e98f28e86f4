// Tables: Grafana's own.
import { cacheFieldDisplayNames } from '@grafana/data';
import type { TableCellHeight, TableSortByFieldState } from '@grafana/schema';
import { TableNG } from '@grafana/ui/unstable';
import type { Drawing } from './panel';

interface Options {
  frameIndex: number;
  showHeader: boolean;
  cellHeight: TableCellHeight;
  sortBy: TableSortByFieldState[];
}

export function Table({ frames, options, fieldConfig, width, height, range }: Drawing<Options>) {
  const frame = frames[options.frameIndex] ?? frames[0];
  cacheFieldDisplayNames(frames); // or renamed columns show their old names
  return frame ? (
    <TableNG
      data={frame} width={width} height={height} noHeader={!options.showHeader} cellHeight={options.cellHeight} initialSortBy={options.sortBy}
      fieldConfig={fieldConfig} timeRange={range} resizable enableVirtualization={false}
    />
  ) : null;
}
