// The board: rows and panels on the grid of 24 columns.
import { Icon, useTheme2 } from '@grafana/ui';
import type { Choices } from './interpolate';
import type { Panel, Place } from './model';
import type { Drawing } from './panels/panel';
import { PanelView } from './panelview';
import type { Mark } from './query';
import type { Session } from './session';

const [line, gap, columns] = [30, 8, 24]; // Grafana's, in pixels

interface Props {
  session: Session;
  range: Drawing['range'];
  choices: Choices;
  marks: Mark[];
  width: number;
  /** The ids of rows that are open. */
  open: Set<number>;
  onToggle: (row: number) => void;
  onZoom: Drawing['onZoom'];
}

export function BoardView({ session, width, open, onToggle, ...rest }: Props) {
  const theme = useTheme2();
  const column = (width + gap) / columns;
  const placed = arrange(session.board.panels ?? [], open);
  const bottom = Math.max(0, ...placed.map(({ at }) => at.y + at.h));
  return (
    <div style={{ position: 'relative', width, height: bottom * (line + gap) }}>
      {placed.map(({ panel, at }) => {
        const style = { position: 'absolute', left: at.x * column, top: at.y * (line + gap) } as const;
        if (panel.type === 'row') {
          return (
            <div key={panel.id} role="button" onClick={() => onToggle(panel.id)} style={{ ...style, width, height: line, display: 'flex', alignItems: 'center', gap: 6, cursor: 'pointer', ...theme.typography.h5, margin: 0 }}>
              <Icon name={open.has(panel.id) ? 'angle-down' : 'angle-right'} /> {panel.title}
            </div>
          );
        }
        return (
          <div key={panel.id} style={style}>
            <PanelView panel={panel} session={session} width={at.w * column - gap} height={at.h * (line + gap) - gap} {...rest} />
          </div>
        );
      })}
    </div>
  );
}

/** Where everything goes that is to be seen: the panels of an open row push down what follows, those of a shut one are gone. */
function arrange(panels: Panel[], open: Set<number>): Array<{ panel: Panel; at: Place }> {
  const out: Array<{ panel: Panel; at: Place }> = [];
  let shift = 0;
  let hidden = false;
  let top = 0;
  for (const panel of panels) {
    const at = panel.gridPos ?? { x: 0, y: 0, w: 12, h: 8 };
    if (panel.type === 'row') {
      hidden = !open.has(panel.id);
      out.push({ panel, at: { ...at, y: at.y + shift, w: columns, h: 1 } });
      top = at.y + 1;
      const inner = panel.panels ?? [];
      if (!hidden && inner.length > 0) {
        const first = Math.min(...inner.map((p) => p.gridPos?.y ?? 0));
        const height = Math.max(...inner.map((p) => (p.gridPos?.y ?? 0) + (p.gridPos?.h ?? 8))) - first;
        inner.forEach((p) => out.push({ panel: p, at: { ...(p.gridPos ?? at), y: (p.gridPos?.y ?? 0) - first + top + shift } }));
        shift += height;
      }
    } else if (hidden) {
      shift -= Math.max(0, at.y + at.h - top);
      top = Math.max(top, at.y + at.h);
    } else {
      out.push({ panel, at: { ...at, y: at.y + shift } });
    }
  }
  return out;
}
