package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// waitPoll is the pause between two looks of WaitFor.
const waitPoll = 25 * time.Millisecond

// View is how a page is looked at.
type View struct {
	// Width and Height are the window's, in CSS pixels; 0 is 1280 by 800.
	Width, Height int
	// Scale is how many pixels of a picture a CSS pixel has in each direction; 0 is 1.
	Scale float64
	// Phone asks for a phone's way: the viewport's meta element counts, and the page may be zoomed out to show what is too wide.
	Phone bool
	// Dark asks for the dark colours, prefers-color-scheme of Media Queries 5; pages that do not know it do not change.
	Dark bool
	// NoScript lets none of the page's own scripts run. Eval and WaitFor work all the same.
	NoScript bool
}

// Page is one tab that shares no cookie, no cache and no storage with another. Its methods are called one at a time; Console and Requests
// at any time. Where the context of a method has no deadline, it gives up after thirty seconds.
type Page struct {
	tab    context.Context //nolint:containedctx // it is chromedp's handle of the tab
	cancel context.CancelFunc
	notes  *notes
}

// Page opens an empty tab.
func (b *Browser) Page(ctx context.Context, v View) (*Page, error) {
	p := &Page{notes: &notes{}}
	p.tab, p.cancel = chromedp.NewContext(b.root, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.notes.take))
	opened := make(chan error, 1)
	go func() { opened <- chromedp.Do(p.tab) }() // the tab lives as long as the context of this first call
	ctx, stop := bounded(ctx)
	defer stop()
	var err error
	select {
	case err = <-opened:
	case <-ctx.Done():
		p.cancel()
		err = errors.Join(context.Cause(ctx), ignore(<-opened))
	}
	if err == nil {
		err = p.Look(ctx, v)
	}
	if err != nil {
		p.cancel()
		return nil, fmt.Errorf("browser: open a page: %w", err)
	}
	return p, nil
}

// Look sets how the page is looked at from now on, such as higher, for pages that draw only what is seen.
func (p *Page) Look(ctx context.Context, v View) error {
	if v.Width == 0 || v.Height == 0 {
		v.Width, v.Height = 1280, 800
	}
	if v.Scale == 0 {
		v.Scale = 1
	}
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	_, err := act(ctx, p, func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, size := cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: int64(v.Width), Height: int64(v.Height), DeviceScaleFactor: v.Scale, Mobile: v.Phone,
		})
		_, media := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"}, // a picture of something that moves is another each time
		}})
		_, script := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScript})
		return chromedp.Void{}, errors.Join(size, media, script)
	})
	return err
}

// Close closes the tab and forgets what it stored.
func (p *Page) Close() { p.cancel() }

// Goto shows an address and waits until the page and all that it names has been loaded. A status other than 200 is no error: see Requests.
func (p *Page) Goto(ctx context.Context, url string) error {
	_, err := act(ctx, p, chromedp.Navigate(url))
	return told("go to "+url, err)
}

// Eval evaluates an expression of JavaScript in the page, awaits it if it is a promise, and decodes its value from JSON into out, which
// may be nil. What it throws is an error.
func (p *Page) Eval(ctx context.Context, js string, out any) error {
	if out == nil {
		_, err := act(ctx, p, chromedp.Evaluate[chromedp.Void](js, chromedp.EvalAwaitPromise))
		return told("evaluate", err)
	}
	raw, err := act(ctx, p, chromedp.Evaluate[[]byte](js, chromedp.EvalAwaitPromise))
	if err != nil {
		return told("evaluate", err)
	}
	return told("evaluate: result", json.Unmarshal(raw, out))
}

// WaitFor waits until an expression of JavaScript is true, through navigations as well. The error says what the last look gave.
func (p *Page) WaitFor(ctx context.Context, js string) error {
	ctx, stop := bounded(ctx)
	defer stop()
	for {
		var done bool
		err := p.Eval(ctx, "Boolean("+js+")", &done)
		if err == nil && done {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("browser: wait for %s: %w", js, errors.Join(context.Cause(ctx), err))
		case <-p.tab.Done():
			return fmt.Errorf("browser: wait for %s: the page was closed", js)
		case <-time.After(waitPoll):
		}
	}
}

// Text is the text that the page shows, innerText of the HTML standard: without what is hidden.
func (p *Page) Text(ctx context.Context) (string, error) {
	var text string
	err := p.Eval(ctx, "document.body.innerText", &text)
	return text, err
}

// HTML is the document as it is now, scripts' changes included.
func (p *Page) HTML(ctx context.Context) (string, error) {
	var text string
	err := p.Eval(ctx, "document.documentElement.outerHTML", &text)
	return text, err
}

// Screenshot is a PNG picture of what the window shows, or of the full page however long it is.
func (p *Page) Screenshot(ctx context.Context, full bool) ([]byte, error) {
	picture, err := act(ctx, p, func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		beyond := full
		r, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &beyond})
		return r.Data, err
	})
	return picture, told("take a picture", err)
}

// act does one action in the tab, bounded by ctx.
func act[T any](ctx context.Context, p *Page, a chromedp.Action[T]) (T, error) {
	ctx, stop := bounded(ctx)
	defer stop()
	inTab, cancel := context.WithCancelCause(p.tab)
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })()
	value, err := chromedp.Run(inTab, a) //nolint:contextcheck // the tab's context, which ends with ctx
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return value, err
}

// bounded is ctx, with a deadline if it has none.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, actWithin, fmt.Errorf("%w: not done within %v", context.DeadlineExceeded, actWithin))
}

func told(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("browser: %s: %w", what, err)
}
