package preview

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/browser"
)

// Theme is the look of a picture.
type Theme string

// The themes that Grafana has.
const (
	Dark  Theme = "dark"
	Light Theme = "light"
)

// Finding is something wrong with a board that only its drawing shows.
type Finding struct {
	// Kind is one of those of preview/src/findings.ts, such as query, empty, unit or cut.
	Kind string `json:"kind"`
	// Panel is the panel's id and Title its title; 0 and empty where the finding is about the board.
	Panel int    `json:"panel"`
	Title string `json:"title"`
	// What says it in words.
	What string `json:"what"`
}

// String is one line for people.
func (f Finding) String() string {
	if f.Panel == 0 {
		return f.Kind + ": " + f.What
	}
	return fmt.Sprintf("%s: panel %q: %s", f.Kind, f.Title, f.What)
}

// Mark is a time that an annotation marks on every graph of a board; a moment ends when it begins.
type Mark struct {
	Title string `json:"title"`
	// From and To are milliseconds since 1970.
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// Request says what is drawn.
type Request struct {
	// Address is where Handler is served, such as "http://127.0.0.1:9746".
	Address string
	// Board is the end of the board's path.
	Board string
	// From and To are the time that is shown; without them it is the board's own.
	From, To time.Time
	// Themes are those of the pictures; the board is drawn in each, and judged in all. There is one at least.
	Themes []Theme
	// Variables are choices, by the name of the variable; what is not named is as the board has it.
	Variables map[string]string
}

// Drawing is a board as it was drawn.
type Drawing struct {
	// Findings are what is wrong with it, each once.
	Findings []Finding
	// Marks are what annotations mark on its graphs.
	Marks []Mark
	// PNG are the pictures by theme, as high as the board is with all rows open.
	PNG map[Theme][]byte
}

// The width of the page in pixels, that of a common screen, and how long a board may take to be drawn on a busy machine.
const (
	width      = 1600
	drawWithin = 2 * time.Minute
)

// Draw opens a board in the browser with all its rows, waits until everything is drawn, and judges it.
func Draw(ctx context.Context, b *browser.Browser, r Request) (_ *Drawing, err error) {
	ctx, stop := context.WithTimeout(ctx, drawWithin)
	defer stop()
	page, err := b.Page(ctx, browser.View{Width: width, Height: 1000})
	if err != nil {
		return nil, err
	}
	defer page.Close()
	if err := page.Goto(ctx, r.url()); err != nil {
		return nil, err
	}
	d := &Drawing{PNG: map[Theme][]byte{}}
	for _, theme := range r.Themes {
		if err := d.draw(ctx, page, theme); err != nil {
			return nil, fmt.Errorf("draw %s: %w", r.Board, err)
		}
	}
	if err := page.Eval(ctx, "window.preview.marks?.() ?? []", &d.Marks); err != nil {
		return nil, err
	}
	for _, m := range page.Console() {
		if m.Level == "error" {
			d.add(Finding{Kind: "draw", What: m.Text})
		}
	}
	return d, nil
}

// draw draws in one theme; what changes is the look, and nothing is asked again.
func (d *Drawing) draw(ctx context.Context, page *browser.Page, theme Theme) error {
	if err := page.WaitFor(ctx, "window.preview?.setTheme || document.body?.dataset.failed"); err != nil {
		return err
	}
	// Tables draw only the rows that are seen: the window is made as high as the board, which is known once it is laid out.
	var height int
	set := fmt.Sprintf("window.preview.setTheme?.(%q), window.preview.findings().then(() => document.getElementById('board').offsetHeight)", theme)
	if err := page.Eval(ctx, set, &height); err != nil {
		return err
	}
	if err := page.Look(ctx, browser.View{Width: width, Height: height}); err != nil {
		return err
	}
	if err := page.WaitFor(ctx, fmt.Sprintf("innerHeight === %d", height)); err != nil { // a busy browser says so before it is
		return err
	}
	var findings []Finding
	if err := page.Eval(ctx, "window.preview.findings()", &findings); err != nil {
		return err
	}
	for _, f := range findings {
		d.add(f)
	}
	png, err := page.Screenshot(ctx, true)
	d.PNG[theme] = png
	return err
}

// add adds a finding that is not there yet.
func (d *Drawing) add(f Finding) {
	if !slices.Contains(d.Findings, f) {
		d.Findings = append(d.Findings, f)
	}
}

// url is the address of the page.
func (r Request) url() string {
	q := url.Values{"board": {r.Board}, "rows": {"open"}, "refresh": {""}}
	if len(r.Themes) > 0 {
		q.Set("theme", string(r.Themes[0]))
	}
	if !r.From.IsZero() {
		q.Set("from", fmt.Sprint(r.From.UnixMilli()))
		q.Set("to", fmt.Sprint(r.To.UnixMilli()))
	}
	for name, value := range r.Variables {
		q.Set("var-"+name, value)
	}
	return strings.TrimSuffix(r.Address, "/") + "/?" + q.Encode()
}
