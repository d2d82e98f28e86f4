// Whether all text of a panel can be read: none cut off by what holds it, none over another. Text in the page is judged by its boxes;
// text on canvases, which has none, by what was drawn: watchCanvas notes each piece as it is drawn.
import type { Findings } from './findings';
import type { Panel } from './model';

interface Piece {
  text: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** What was drawn on each canvas since it was last cleared, in its own pixels. */
const drawn = new WeakMap<HTMLCanvasElement, Piece[]>();

/** Makes every canvas of the page remember its text. */
export function watchCanvas(): void {
  const proto = CanvasRenderingContext2D.prototype;
  const { fillText, clearRect } = proto;
  proto.fillText = function (text, x, y, ...rest) {
    fillText.call(this, text, x, y, ...rest);
    const m = this.measureText(text);
    const corners = [
      [x - m.actualBoundingBoxLeft, y - m.actualBoundingBoxAscent],
      [x + m.actualBoundingBoxRight, y + m.actualBoundingBoxDescent],
    ].map(([cx, cy]) => this.getTransform().transformPoint({ x: cx ?? 0, y: cy ?? 0 }));
    const [xs, ys] = [corners.map((c) => c.x), corners.map((c) => c.y)];
    const list = drawn.get(this.canvas) ?? [];
    list.push({ text, left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) });
    drawn.set(this.canvas, list);
  };
  proto.clearRect = function (x, y, w, h) {
    clearRect.call(this, x, y, w, h);
    if (w >= this.canvas.width && h >= this.canvas.height) {
      drawn.set(this.canvas, []);
    }
  };
}

/** What is written on panels that Grafana does not draw. */
export const ownDrawing = 'own drawing';

/** How far text may lie outside of its box or over another in pixels: glyphs are smaller than their boxes. */
const slack = 2;

/** How much of a line's height has to be seen: the letters themselves take about seven tenths of it. */
const leastHeight = 0.8;

/** Judges the text of one panel's element. */
export function judgeText(root: HTMLElement, panel: Panel, findings: Findings): void {
  const edge = root.getBoundingClientRect();
  const pieces = [...textOf(root, panel, findings)];
  for (const canvas of root.querySelectorAll('canvas')) {
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / (box.width || 1);
    for (const p of drawn.get(canvas) ?? []) {
      if (p.left < -slack * scale || p.top < -slack * scale || p.right > canvas.width + slack * scale || p.bottom > canvas.height + slack * scale) {
        findings.add('cut', panel, `"${p.text}" runs out of its graph`);
      }
      pieces.push({
        text: p.text, left: box.left + p.left / scale, right: box.left + p.right / scale, top: box.top + p.top / scale, bottom: box.top + p.bottom / scale,
      });
    }
  }
  if (!pieces.some((p) => p.text !== panel.title && p.text !== ownDrawing)) {
    findings.add('draw', panel, 'nothing is drawn');
  }
  for (const p of pieces) {
    if (p.left < edge.left - slack || p.right > edge.right + slack || p.top < edge.top - slack || p.bottom > edge.bottom + slack) {
      findings.add('cut', panel, `"${p.text}" runs out of the panel`);
    }
  }
  pieces.forEach((a, i) => {
    for (const b of pieces.slice(i + 1)) {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > slack && down > slack + 2) {
        findings.add('overlap', panel, `"${a.text}" and "${b.text}" lie over each other`);
      }
    }
  });
}

/** The pieces of text that are seen in the page; what is cut is told. */
function* textOf(root: HTMLElement, panel: Panel, findings: Findings): Generator<Piece> {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent?.trim() ?? '';
    const holder = node.parentElement;
    if (text === '' || !holder || !holder.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || holder.closest('style,title,[data-unread]')) {
      continue;
    }
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) {
      continue;
    }
    const seen = clip(box, holder, root);
    if (seen === 'scrolled') {
      continue;
    }
    if (seen.right - seen.left < box.width - (shortens(holder) ? 0.1 : slack) || seen.bottom - seen.top < box.height * leastHeight) {
      findings.add('cut', panel, `"${text}" is cut off`);
    }
    yield { text, ...seen };
  }
}

/** Whether text that is the least too long is shortened by whole letters. */
const shortens = (holder: Element) => getComputedStyle(holder).textOverflow === 'ellipsis';

/** Names in a legend, by the label that Grafana gives their class: lists have it, and so have tables. */
const legendNames = '[class*="LegendLabel"]';

/**
 * The part of a box that its holders show; 'scrolled' where the reader can scroll it into view. A legend that is scrolled is an end of a list
 * to him as well, and no half of a line: of a name there is all or nothing.
 */
function clip(box: DOMRect, holder: Element, root: Element): Omit<Piece, 'text'> | 'scrolled' {
  let { left, top, right, bottom } = box;
  const legend = holder.closest(legendNames) !== null;
  for (let e: Element | null = holder; e && e !== root; e = e.parentElement) {
    const style = getComputedStyle(e);
    if (style.overflowX === 'visible' && style.overflowY === 'visible') {
      continue;
    }
    const at = e.getBoundingClientRect();
    const scrolls = (how: string, more: boolean) => (how === 'auto' || how === 'scroll') && more;
    if (scrolls(style.overflowY, e.scrollHeight > e.clientHeight) && (bottom > at.bottom || top < at.top)) {
      if (!legend || top >= at.bottom - slack || bottom <= at.top + slack) {
        return 'scrolled';
      }
    }
    if (style.overflowX !== 'visible') {
      [left, right] = [Math.max(left, at.left), Math.min(right, at.right)];
    }
    if (style.overflowY !== 'visible') {
      [top, bottom] = [Math.max(top, at.top), Math.min(bottom, at.bottom)];
    }
  }
  return { left, top, right, bottom };
}
