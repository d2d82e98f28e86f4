package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/browser"
)

// narrow finds what does not fit: what makes the page wider than the window, boxes that have to be moved sideways to be read, and text that is
// cut off. The argument is the window's width.
const narrow = `(width => {
  const found = [];
  const name = e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + (typeof e.className === "string" && e.className ? "." + e.className.trim().replace(/\s+/g, ".") : "") + " " + JSON.stringify((e.textContent || "").trim().slice(0, 40));
  const hidden = e => { const s = getComputedStyle(e); return s.visibility === "hidden" || s.display === "none" || (s.position === "absolute" && (s.clipPath !== "none" || e.getBoundingClientRect().right <= 0)); };
  const unseen = e => { for (; e; e = e.parentElement) if (hidden(e)) return true; return false; };
  if (document.scrollingElement.scrollWidth > width) found.push("the page is " + document.scrollingElement.scrollWidth + " wide");
  if (innerWidth !== width) found.push("the window became " + innerWidth + " wide");
  for (const e of document.body.querySelectorAll("*")) {
    if (e.closest("svg") && e.tagName !== "svg") continue;
    if (unseen(e)) continue;
    const s = getComputedStyle(e), box = e.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) continue;
    if (box.right > width + 1) found.push(name(e) + " ends at " + Math.round(box.right));
    if (box.left < -1) found.push(name(e) + " begins at " + Math.round(box.left));
    if (s.overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1 && !["INPUT", "SELECT"].includes(e.tagName)) found.push(name(e) + " holds " + e.scrollWidth + " in " + e.clientWidth);
    if (s.overflowY === "hidden" && e.scrollHeight > e.clientHeight + 1) found.push(name(e) + " cuts its text");
  }
  if (width > 720) for (const e of document.querySelectorAll("tr, .tag")) {
    const d = getComputedStyle(e).display;
    if (e.getClientRects().length && d !== (e.tagName === "TR" ? "table-row" : "inline-block")) found.push(name(e) + " is shown as " + d);
  }
  for (const e of document.querySelectorAll("svg text")) {
    if (unseen(e)) continue;
    const box = e.getBoundingClientRect(), frame = e.ownerSVGElement.getBoundingClientRect();
    if (box.width && (box.left < frame.left - 1 || box.right > frame.right + 1)) found.push(name(e) + " is cut by its picture");
  }
  return [...new Set(found)];
})`

// colliding finds writing in pictures that lies on other writing.
const colliding = `(() => {
  const found = [];
  for (const svg of document.querySelectorAll("svg")) {
    const texts = [...svg.querySelectorAll("text")].map(e => [e, e.getBoundingClientRect()]).filter(([, b]) => b.width > 0);
    texts.forEach(([a, x], i) => texts.slice(i + 1).forEach(([b, y]) => {
      const over = Math.min(x.right, y.right) - Math.max(x.left, y.left), down = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
      if (over > 1 && down > 3) found.push(JSON.stringify(a.textContent) + " lies on " + JSON.stringify(b.textContent) + " by " + Math.round(over) + " by " + Math.round(down));
    }));
  }
  return found;
})()`

// pale finds text whose contrast is below what WCAG 2.2 asks for at level AA (1.4.3): 4.5, or 3 where it is large, 24 px or 18.66 px bold.
// Colours that let others through are laid over those behind them.
const pale = `(() => {
  const found = new Map();
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const rgba = text => { // the browser itself knows all ways to spell a colour
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const behind = e => {
    const layers = [];
    for (let n = e; n; n = n.parentElement) { const c = rgba(getComputedStyle(n).backgroundColor); layers.push(c); if (c[3] === 1) break; }
    const base = matchMedia("(prefers-color-scheme: dark)").matches && getComputedStyle(document.documentElement).colorScheme.includes("dark") ? [18, 18, 18, 1] : [255, 255, 255, 1];
    return layers.reverse().reduce((under, top) => over(top, under), base);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  for (let n; n = walk.nextNode();) {
    const e = n.parentElement, text = n.textContent.trim();
    if (!text || ["SCRIPT", "STYLE", "NOSCRIPT", "TITLE", "OPTION"].includes(e.tagName) || !e.getClientRects().length) continue;
    const s = getComputedStyle(e), svg = e.closest("svg");
    if (s.visibility === "hidden") continue;
    let opacity = 1;
    for (let p = e; p; p = p.parentElement) opacity *= Number(getComputedStyle(p).opacity);
    const back = behind(svg ? svg.parentElement : e), front = rgba(svg ? s.fill : s.color);
    front[3] *= opacity;
    const size = parseFloat(s.fontSize), large = size >= 24 || (size >= 18.66 && Number(s.fontWeight) >= 700);
    const got = ratio(over(front, back), back);
    seen++;
    if (got < (large ? 3 : 4.5)) found.set(e.tagName + "." + (svg ? e.getAttribute("class") : e.className) + " " + JSON.stringify(text.slice(0, 30)) + " has " + got.toFixed(2), true);
  }
  if (seen < 10) found.set("only " + seen + " pieces of text were looked at", true);
  return [...found.keys()];
})()`

// controls lists what the keyboard has to reach, in the order of the document, and remembers it.
const controls = `(() => {
  window.toReach = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
    .filter(e => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden" && !e.disabled);
  return window.toReach.map(e => { return e.tagName.toLowerCase() + " " + (e.getAttribute("aria-label") || e.textContent.trim() || e.name || e.id).slice(0, 40); });
})()`

// focused says what has the focus, and whether that can be seen: an outline of two pixels at least, of a contrast of 3 at least to what is
// behind it (WCAG 2.2, 1.4.11 and 2.4.13), inside the window.
const focused = `(() => {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return {reach: -1};
  const s = getComputedStyle(e), box = e.getBoundingClientRect();
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const lum = text => { canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1); const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  let back = "rgb(255,255,255)";
  for (let n = e.parentElement; n; n = n.parentElement) { const c = getComputedStyle(n).backgroundColor; if (!/, 0\)$|transparent/.test(c)) { back = c; break; } }
  const [x, y] = [lum(s.outlineColor), lum(back)].sort((p, q) => q - p);
  const problems = [];
  if (s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2) problems.push("has no outline");
  else if ((x + 0.05) / (y + 0.05) < 3) problems.push("has a pale outline, " + s.outlineColor + " on " + back);
  if (box.bottom < 0 || box.top > innerHeight || box.right <= 0 || box.left >= innerWidth) problems.push("is outside of the window");
  return {reach: window.toReach.indexOf(e) + 1, name: e.tagName.toLowerCase() + " " + (e.textContent.trim() || e.name || "").slice(0, 40), problems};
})()`

// audit reports everything that one of the scripts finds.
func audit(ctx context.Context, t *testing.T, p *browser.Page, script, what string) {
	t.Helper()
	// A page that a key has led to can be asked before its style sheet is there, and looks like none of ours then.
	if err := p.WaitFor(ctx, `document.readyState === "complete"`); err != nil {
		t.Fatal(err)
	}
	var found []string
	if err := p.Eval(ctx, script, &found); err != nil {
		t.Fatal(err)
	}
	for i, f := range found {
		if i == 12 {
			t.Errorf("%s: and %d more", what, len(found)-i)
			return
		}
		t.Errorf("%s: %s", what, f)
	}
}

// fits wants the page to be readable in a window of a width, without moving anything sideways.
func fits(ctx context.Context, t *testing.T, p *browser.Page, width int) {
	t.Helper()
	audit(ctx, t, p, fmt.Sprintf("%s(%d)", narrow, width), "too wide")
	audit(ctx, t, p, colliding, "cannot be read")
}

// quiet wants no complaint of the browser and no request to another host. Statuses that the test provokes are named.
func quiet(t *testing.T, p *browser.Page, own string) {
	t.Helper()
	for _, m := range p.Console() {
		t.Errorf("the console has %s: %s", m.Level, m.Text)
	}
	for _, r := range p.Requests() {
		if !strings.HasPrefix(r.URL, own+"/") && !strings.HasPrefix(r.URL, "data:") {
			t.Errorf("it asked for %s", r.URL)
		}
		if r.Status >= 400 {
			t.Errorf("%s %s: %d", r.Method, r.URL, r.Status)
		}
	}
}

// keyboard goes through the page by Tab: every control, in order, each to be seen.
func keyboard(ctx context.Context, t *testing.T, p *browser.Page) {
	t.Helper()
	var want []string
	if err := p.Eval(ctx, controls, &want); err != nil {
		t.Fatal(err)
	}
	if len(want) < 3 {
		t.Errorf("only %v can be reached: this test sees too little", want)
	}
	for i := range want {
		if err := p.Press(ctx, "Tab"); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Reach    int
			Name     string
			Problems []string
		}
		if err := p.Eval(ctx, focused, &got); err != nil {
			t.Fatal(err)
		}
		if got.Reach != i+1 {
			t.Errorf("Tab %d comes to %d %s, want %s", i+1, got.Reach, got.Name, want[i])
			return
		}
		for _, problem := range got.Problems {
			t.Errorf("with the focus, %s %s", want[i], problem)
		}
	}
}

// same wants two texts to be equal but for white space.
func same(t *testing.T, what, a, b string) {
	t.Helper()
	x, y := strings.Fields(a), strings.Fields(b)
	for i := range max(len(x), len(y)) {
		if i >= len(x) || i >= len(y) || x[i] != y[i] {
			text, _ := json.Marshal([]string{strings.Join(x[max(0, i-5):min(len(x), i+10)], " "), strings.Join(y[max(0, i-5):min(len(y), i+10)], " ")})
			t.Errorf("%s: %s", what, text)
			return
		}
	}
}
