// Text, and log lines as far as Prometheus has any: a line a series, its labels and its value.
import { dateTimeFormat, FieldType, getFieldDisplayName, renderTextPanelMarkdown, textUtil } from '@grafana/data';
import type { Drawing } from './panel';

interface Options {
  mode: 'markdown' | 'html' | 'code';
  content: string;
}

export function Text({ options, replace, width, height }: Drawing<Options>) {
  const content = replace(options.content);
  const size = { width, height, overflow: 'auto' };
  if (options.mode === 'code') {
    return <pre style={size}>{content}</pre>;
  }
  const html = options.mode === 'html' ? textUtil.sanitize(content) : renderTextPanelMarkdown(content);
  return <div className="markdown-html" style={size} dangerouslySetInnerHTML={{ __html: html }} />;
}

export function Logs({ frames, width, height, theme }: Drawing) {
  const lines = frames.flatMap((frame) => {
    const times = frame.fields.find((f) => f.type === FieldType.time)?.values ?? [];
    return frame.fields.filter((f) => f.type !== FieldType.time).flatMap((f) => (f.values as unknown[]).map((value, i) => ({ time: times[i] as number, name: getFieldDisplayName(f, frame, frames), value })));
  });
  lines.sort((a, b) => b.time - a.time);
  return (
    <div style={{ width, height, overflow: 'auto', fontFamily: theme.typography.fontFamilyMonospace, fontSize: 12 }}>
      {lines.slice(0, 1000).map((l, i) => (
        <div key={i}><span style={{ color: theme.colors.text.secondary }}>{dateTimeFormat(l.time, { timeZone: 'browser' })}</span> {l.name} {String(l.value)}</div>
      ))}
    </div>
  );
}
