// What stands above a board: which one, its variables, the time, and the look.
import { dateTime, type TimeRange } from '@grafana/data';
import { MultiSelect, RefreshPicker, Select, TimeRangePicker, ToolbarButton, useTheme2 } from '@grafana/ui';
import type { Listed } from './app';
import type { Choice, Choices } from './interpolate';
import type { Board, Variable } from './model';
import type { Mark } from './query';

interface Props {
  board: Board;
  boards: Listed[];
  address: URLSearchParams;
  state: { choices: Choices; marks: Mark[]; range: TimeRange } | undefined;
  refresh: string | undefined;
  dark: boolean;
  go: (changes: Record<string, string | string[] | null>) => void;
  onRefresh: () => void;
}

const all = '$__all';

export function Toolbar({ board, boards, address, state, refresh, dark, go, onRefresh }: Props) {
  const theme = useTheme2();
  const file = address.get('board') ?? boards[0]?.file;
  const leave = (next: string) => {
    const kept = new URLSearchParams([...address].filter(([key]) => ['from', 'to', 'theme', 'refresh'].includes(key)));
    kept.set('board', next);
    location.search = `${kept}`;
  };
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 8, marginBottom: 8 }}>
      {boards.length > 1 ? (
        <Select aria-label="Board" width="auto" value={file ?? ''} options={boards.map((b) => ({ value: b.file, label: b.title }))} onChange={(o) => o.value && leave(o.value)} />
      ) : (
        <span style={theme.typography.h4}>{board.title}</span>
      )}
      {state && (board.templating?.list ?? []).filter((v) => v.hide !== 2 && v.type !== 'datasource').map((v) => {
        const choice = state.choices[v.name];
        return choice && <Chooser key={v.name} variable={v} choice={choice} onChange={(values) => go({ [`var-${v.name}`]: values })} />;
      })}
      {state && state.marks.length > 0 && <Marked marks={state.marks} />}
      <span style={{ flex: 1 }} />
      <ToolbarButton onClick={() => go({ theme: dark ? 'light' : 'dark' })}>{dark ? 'Light' : 'Dark'}</ToolbarButton>
      {state && <Time range={state.range} go={go} />}
      <RefreshPicker value={refresh ?? ''} intervals={board.timepicker?.refresh_intervals ?? ['30s', '1m', '5m']} onRefresh={onRefresh} onIntervalChanged={(interval) => go({ refresh: interval })} />
    </div>
  );
}

function Chooser({ variable, choice, onChange }: { variable: Variable; choice: Choice; onChange: (values: string[]) => void }) {
  const theme = useTheme2();
  const options = [...(variable.includeAll ? [{ value: all, label: 'All' }] : []), ...choice.options.map((o) => ({ value: o, label: o }))];
  const values = choice.all ? [all] : choice.values;
  const id = `variable-${variable.name}`;
  return (
    <span style={{ display: 'flex', alignItems: 'center', gap: 6 }}>
      <label htmlFor={id} style={{ margin: 0, ...theme.typography.bodySmall, color: theme.colors.text.secondary }}>{variable.label ?? variable.name}</label>
      {choice.multi ? (
        <MultiSelect inputId={id} width="auto" value={values} options={options} onChange={(chosen) => {
          const picked = chosen.flatMap((o) => o.value ?? []);
          const last = picked[picked.length - 1];
          onChange(last === all || last === undefined ? [all] : picked.filter((v) => v !== all));
        }} />
      ) : (
        <Select inputId={id} width="auto" value={values[0] ?? ''} options={options} onChange={(o) => onChange(o.value === undefined ? [] : [o.value])} />
      )}
    </span>
  );
}

/** What the marks on graphs are. */
function Marked({ marks }: { marks: Mark[] }) {
  const theme = useTheme2();
  const colors = new Map(marks.map((m) => [m.title, theme.visualization.getColorByName(m.color)]));
  const titles = [...colors.keys()];
  return (
    <span title={titles.join('\n')} style={{ ...theme.typography.bodySmall, color: theme.colors.text.secondary }}>
      marked: {titles.slice(0, 3).map((t) => <span key={t} style={{ marginRight: 6 }}><span style={{ color: colors.get(t) }}>▌</span>{t}</span>)}
      {titles.length > 3 ? `and ${titles.length - 3} more` : ''}
    </span>
  );
}

function Time({ range, go }: { range: TimeRange; go: Props['go'] }) {
  const text = (t: TimeRange['raw']['from']) => (typeof t === 'string' ? t : `${t.valueOf()}`);
  const show = (from: number, to: number) => go({ from: `${Math.round(from)}`, to: `${Math.round(to)}` });
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const half = (to - from) / 2;
  return (
    <TimeRangePicker
      value={range} timeZone="browser" onChange={(r) => go({ from: text(r.raw.from), to: text(r.raw.to) })} onChangeTimeZone={() => undefined}
      onMoveBackward={() => show(from - half, to - half)} onMoveForward={() => show(from + half, Math.min(to + half, dateTime().valueOf()))} onZoom={() => show(from - half, to + half)}
    />
  );
}
