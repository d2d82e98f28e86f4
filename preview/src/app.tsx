// The page: which board, which time, which choices, how often; all of it is in the address, so that a link shows the same.
import { createTheme, dateTime, rangeUtil, type RawTimeRange, ThemeContext, type TimeRange } from '@grafana/data';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { BoardView } from './boardview';
import type { Choices } from './interpolate';
import { message, intervalMs, choose } from './variables';
import { type Mark, marks as askMarks } from './query';
import type { Session } from './session';
import { Toolbar } from './toolbar';

export interface Listed {
  file: string;
  title: string;
}

const margin = 16;

/** The window's width; below what a graph needs the page scrolls. */
const pageWidth = () => Math.max(480, document.documentElement.clientWidth);

export function App({ session, boards }: { session: Session; boards: Listed[] }) {
  const { board, findings, work } = session;
  const [address, setAddress] = useState(() => new URLSearchParams(location.search));
  const [round, setRound] = useState(0); // of refreshes
  const [state, setState] = useState<{ choices: Choices; marks: Mark[]; range: TimeRange }>();
  const [width, setWidth] = useState(pageWidth);
  const [open, setOpen] = useState(() => new Set((board.panels ?? []).filter((p) => p.type === 'row' && (!p.collapsed || address.get('rows') === 'open')).map((p) => p.id)));
  const dark = address.get('theme') !== 'light';
  const theme = useMemo(() => createTheme({ colors: { mode: dark ? 'dark' : 'light' } }), [dark]);

  const go = useCallback((changes: Record<string, string | string[] | null>) => {
    setAddress((old) => {
      const next = new URLSearchParams(old);
      for (const [key, value] of Object.entries(changes)) {
        next.delete(key);
        [value ?? []].flat().forEach((v) => next.append(key, v));
      }
      history.replaceState(null, '', `?${next}`);
      return next;
    });
  }, []);

  // What is asked for: everything of the address but the look.
  const asked = useMemo(() => {
    const rest = new URLSearchParams(address);
    ['theme', 'rows', 'refresh'].forEach((key) => rest.delete(key));
    return rest.toString();
  }, [address]);
  useEffect(() => {
    const chosen = new URLSearchParams(asked);
    const range = rangeOf(chosen, board.time);
    let stale = false;
    void work.do(async () => {
      const choices = await choose(board.templating?.list ?? [], range, chosen, findings);
      const lists = (board.annotations?.list ?? []).filter((a) => a.enable !== false && a.expr).map((a) =>
        askMarks(a, range, choices).catch((e: unknown) => {
          findings.add('query', undefined, `annotation ${a.name}: ${message(e)}`);
          return [];
        }),
      );
      const marks = (await Promise.all(lists)).flat();
      if (!stale) {
        session.marks = marks;
        setState({ choices, marks, range });
      }
    });
    return () => {
      stale = true;
    };
  }, [asked, round, board, findings, work, session]);

  const refresh = address.get('refresh') ?? board.refresh;
  useEffect(() => {
    const timer = intervalMs(refresh) > 0 ? setInterval(() => setRound((n) => n + 1), intervalMs(refresh)) : undefined;
    return () => clearInterval(timer);
  }, [refresh]);
  useEffect(() => {
    const resized = () => setWidth(pageWidth());
    window.addEventListener('resize', resized);
    return () => window.removeEventListener('resize', resized);
  }, []);
  useEffect(() => {
    document.body.style.background = theme.colors.background.canvas;
    window.preview.setTheme = (name) => go({ theme: name });
  }, [go, theme]);

  const onZoom = useCallback((from: number, to: number) => go({ from: `${Math.round(from)}`, to: `${Math.round(to)}` }), [go]);
  const onToggle = useCallback((row: number) => setOpen((old) => new Set(old.has(row) ? [...old].filter((r) => r !== row) : [...old, row])), []);
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <PortalContainer />
      <div id="board" style={{ background: theme.colors.background.canvas, color: theme.colors.text.primary, padding: margin, boxSizing: 'border-box' }}>
        <Toolbar board={board} boards={boards} address={address} state={state} refresh={refresh} dark={dark} go={go} onRefresh={() => setRound((n) => n + 1)} />
        {state && <BoardView session={session} {...state} width={width - 2 * margin} open={open} onToggle={onToggle} onZoom={onZoom} />}
      </div>
    </ThemeContext.Provider>
  );
}

/** The time of the address: milliseconds, or words such as now-6h; the board's own if there is none. */
function rangeOf(address: URLSearchParams, own: { from: string; to: string } | undefined): TimeRange {
  const at = (text: string) => (/^\d+$/.test(text) ? dateTime(Number(text)) : text);
  const raw: RawTimeRange = { from: at(address.get('from') ?? own?.from ?? 'now-6h'), to: at(address.get('to') ?? own?.to ?? 'now') };
  return rangeUtil.convertRawToRange(raw);
}
