package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/lab/chromium"
	"github.com/voipbin/observability/internal/preview"
	"github.com/voipbin/observability/internal/promapi"
)

// previewOptions are the flags of preview.
type previewOptions struct {
	prometheus, page, png string
	port                  int
	from, to              time.Time
	boards                []string
}

// previewBoards shows boards in the reader's browser, or draws a picture of each.
func previewBoards(ctx context.Context, p *program, args []string) error {
	o := previewOptions{}
	flags := flag.NewFlagSet("preview", flag.ContinueOnError)
	flags.StringVar(&o.prometheus, "prometheus", "http://localhost:9090", "`server` that has the data; it is asked, never changed")
	flags.IntVar(&o.port, "port", preview.Port, "`port` on this host's loopback; 0 takes a free one")
	flags.StringVar(&o.page, "page", besideProgram("preview"), "`folder` of the built page, which \"make preview\" builds")
	flags.StringVar(&o.png, "png", "", "write a picture of each board, dark and light, to this `folder`, and end; needs Chromium")
	flags.Func("from", "begin of the time in pictures, as 2026-01-31T22:00:00Z; without it each board's own", moment(&o.from))
	flags.Func("to", "end of it", moment(&o.to))
	about := "Draws boards with Grafana's own components, without a Grafana: those of the files or folders that are named after the\n" +
		"flags, or of dashboards/. The page is served to this host alone. A board that is changed is seen by loading the page again."
	names, err := p.parseWithNames(flags, "[FILE|FOLDER ...]", about, args)
	if err != nil {
		return err
	}
	if o.from.IsZero() != o.to.IsZero() {
		return usageError{what: "preview: -from without -to", hint: "both or none"}
	}
	if len(names) == 0 {
		names = []string{"dashboards"}
	}
	if o.boards, err = preview.Find(names); err != nil {
		return err
	}
	return p.preview(ctx, o)
}

// besideProgram is the path of a folder beside this program, where make puts what it builds.
func besideProgram(name string) string {
	self, err := os.Executable()
	if err != nil {
		return name
	}
	return filepath.Join(filepath.Dir(self), name)
}

// preview serves, and draws pictures if they are asked for.
func (p *program) preview(ctx context.Context, o previewOptions) error {
	server, err := url.Parse(o.prometheus)
	if err != nil || server.Host == "" {
		return usageError{what: fmt.Sprintf("preview: -prometheus %q is no address", o.prometheus), hint: "for example http://localhost:9090"}
	}
	page, err := preview.OpenPage(o.page)
	if err != nil {
		return fmt.Errorf(`%w: run "make page", which needs a checkout of the repository, or name its folder with -page`, err)
	}
	handler, err := preview.Handler(preview.Options{Page: page, Boards: o.boards, Prometheus: server})
	if err != nil {
		return err
	}
	if o.png != "" {
		o.port = 0
	}
	p.tellSilence(ctx, server)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(o.port)))
	if err != nil {
		return fmt.Errorf("preview: %w: another -port may be free", err)
	}
	return preview.Serve(ctx, listener, handler, func(ctx context.Context, address string) error {
		if o.png != "" {
			return p.pictures(ctx, o, address)
		}
		fmt.Fprintf(p.stderr, "%d boards with the data of %s: %s (Ctrl-C ends)\n", len(o.boards), server.Redacted(), address)
		<-ctx.Done()
		return nil
	})
}

// silence is how long a Prometheus may take to say that it is there.
const silence = 5 * time.Second

// tellSilence says that there will be no data. The boards are worth a look all the same, and a server may be started later.
func (p *program) tellSilence(ctx context.Context, server *url.URL) {
	ctx, stop := context.WithTimeout(ctx, silence)
	defer stop()
	client, err := promapi.New(server.String())
	if err == nil {
		_, err = client.Query(ctx, "vector(1)", p.now()) // what speaks Prometheus' language need not have its other pages
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "no Prometheus answers at %s, so that panels are empty: -prometheus names another, \"make run\" starts one\n", server.Redacted())
	}
}

// pictures writes what each board looks like, and says what is wrong with it; it fails only where there is no picture.
func (p *program) pictures(ctx context.Context, o previewOptions, address string) error {
	path, err := chromium.Find(os.Getenv)
	if err != nil {
		return err
	}
	b, err := browser.Start(ctx, browser.Options{Path: path})
	if err != nil {
		return err
	}
	err = p.drawAll(ctx, o, b, address)
	return errors.Join(err, b.Close()) //nolint:contextcheck // the end has a time of its own: ctx may be over
}

func (p *program) drawAll(ctx context.Context, o previewOptions, b *browser.Browser, address string) error {
	if err := os.MkdirAll(o.png, 0o755); err != nil {
		return err
	}
	for _, board := range o.boards {
		drawn, err := preview.Draw(ctx, b, preview.Request{
			Address: address, Board: filepath.Base(board), From: o.from, To: o.to, Themes: []preview.Theme{preview.Dark, preview.Light},
		})
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(board), ".json")
		for theme, png := range drawn.PNG {
			if err := os.WriteFile(filepath.Join(o.png, name+"-"+string(theme)+".png"), png, 0o644); err != nil {
				return err
			}
		}
		fmt.Fprintf(p.stdout, "%s: drawn\n", board)
		for _, f := range drawn.Findings {
			fmt.Fprintf(p.stdout, "%s: %s\n", board, f)
		}
	}
	return nil
}
