package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/dashboard"
	"github.com/voipbin/observability/internal/grafana"
	"github.com/voipbin/observability/internal/secretfile"
)

// pushOptions are the flags of push.
type pushOptions struct {
	grafana, tokenFile string
	dir, folder        string
	message            string
	dryRun, prune      bool
}

// push brings the generated boards onto a Grafana server.
func push(ctx context.Context, p *program, args []string) error {
	o := pushOptions{}
	flags := flag.NewFlagSet("push", flag.ContinueOnError)
	flags.StringVar(&o.grafana, "grafana", "", "`URL` of the Grafana server")
	flags.StringVar(&o.tokenFile, "token-file", "", "`file` whose first line is the token of a service account with the role Editor")
	flags.StringVar(&o.dir, "boards", "dashboards", "`folder` with the boards as they were generated")
	flags.StringVar(&o.folder, "folder", "", "put all boards into the Grafana folder of this `title`, instead of one for each domain")
	flags.StringVar(&o.message, "message", "obsgen push", "`text` for the history of each board, for example a commit")
	flags.BoolVar(&o.dryRun, "dry-run", false, "only say what would be done")
	flags.BoolVar(&o.prune, "prune", false, "delete boards of ours that are not generated any more")
	about := "Brings the generated boards onto a Grafana server, and reads each back. Boards of others are never touched: ours have uids\n" +
		"that begin with " + dashboard.UIDPrefix + " and the tag " + dashboard.Tag + ". A line for each board; it fails if any is not as it should be."
	if err := p.parse(flags, about, args); err != nil {
		return err
	}
	for _, f := range []struct{ name, value string }{{"grafana", o.grafana}, {"token-file", o.tokenFile}} {
		if f.value == "" {
			return usageError{what: "push: -" + f.name + " is missing", hint: listsFlags(flags)}
		}
	}
	boards, err := readPushed(o)
	if err != nil {
		return err
	}
	token, err := secretfile.Read(o.tokenFile, "token file")
	if err != nil {
		return err
	}
	server, err := grafana.NewServer(grafana.Connection{URL: o.grafana, Token: token, Sleep: p.sleep, Now: p.now})
	if err != nil {
		return err
	}
	if o.folder != "" {
		if err := intoFolder(ctx, server, o.folder, boards); err != nil {
			return err
		}
	}
	return p.pushBoards(ctx, server, o, boards)
}

// intoFolder puts all boards into one folder: the one of that title or uid, or a new one.
func intoFolder(ctx context.Context, server *grafana.Server, folder string, boards []grafana.Pushed) error {
	uid, err := server.FindFolder(ctx, folder)
	if err != nil {
		return fmt.Errorf("grafana: %w", err)
	}
	if uid == "" {
		uid = grafana.FolderUID(dashboard.FolderUIDPrefix, folder)
	}
	for i := range boards {
		boards[i].Folder, boards[i].FolderUID = folder, uid
	}
	return nil
}

// pushBoards prints a line for each board, and a summary.
func (p *program) pushBoards(ctx context.Context, server *grafana.Server, o pushOptions, boards []grafana.Pushed) error {
	count := map[grafana.Verdict]int{}
	bad := 0
	err := grafana.Push(ctx, server, grafana.Order{
		Boards: boards, UIDPrefix: dashboard.UIDPrefix, Tag: dashboard.Tag, Message: o.message, DryRun: o.dryRun, Prune: o.prune,
	}, func(r grafana.Result) {
		count[r.Verdict]++
		if r.Bad() {
			bad++
		}
		verdict := string(r.Verdict)
		if o.dryRun && slices.Contains([]grafana.Verdict{grafana.Created, grafana.Updated, grafana.Deleted}, r.Verdict) {
			verdict = "would be " + verdict
		}
		fmt.Fprintln(p.stdout, strings.TrimSuffix(fmt.Sprintf("%-9s %s %q: %s", verdict, r.UID, r.Title, r.Detail), ": "))
	})
	if err != nil {
		return fmt.Errorf("grafana: %w", err)
	}
	var parts []string
	for _, v := range []grafana.Verdict{grafana.Created, grafana.Updated, grafana.Unchanged, grafana.Deleted, grafana.Orphan, grafana.Refused, grafana.Failed} {
		if count[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[v], v))
		}
	}
	fmt.Fprintf(p.stderr, "%d boards: %s\n", len(boards), strings.Join(parts, ", "))
	if bad > 0 {
		return errReported
	}
	return nil
}

// readPushed reads the boards of a folder. One that is not ours is refused before anything is sent: it was put there by mistake.
func readPushed(o pushOptions) ([]grafana.Pushed, error) {
	names, err := filepath.Glob(filepath.Join(o.dir, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: there is no board: run \"obsgen generate\"", o.dir)
	}
	boards := make([]grafana.Pushed, len(names))
	for i, name := range names {
		if boards[i], err = readPushedBoard(name); err != nil {
			return nil, err
		}
	}
	return boards, nil
}

func readPushedBoard(name string) (grafana.Pushed, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return grafana.Pushed{}, err
	}
	var b struct {
		UID   string   `json:"uid"`
		Title string   `json:"title"`
		Tags  []string `json:"tags"`
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return grafana.Pushed{}, fmt.Errorf("%s: not a board: %w", name, err)
	}
	if !strings.HasPrefix(b.UID, dashboard.UIDPrefix) || !slices.Contains(b.Tags, dashboard.Tag) {
		return grafana.Pushed{}, fmt.Errorf("%s: not a board of ours: its uid does not begin with %s, or it lacks the tag %s", name, dashboard.UIDPrefix, dashboard.Tag)
	}
	domain := slices.DeleteFunc(b.Tags, func(t string) bool { return t == dashboard.Tag })
	folder := strings.Join(domain[:min(1, len(domain))], "")
	return grafana.Pushed{
		UID: b.UID, Title: b.Title, Folder: dashboard.FolderTitle(folder), FolderUID: grafana.FolderUID(dashboard.FolderUIDPrefix, folder), JSON: data,
	}, nil
}

// pause waits, or returns when the context is over.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx))
	case <-t.C:
		return nil
	}
}
