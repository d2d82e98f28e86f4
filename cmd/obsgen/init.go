package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/starter"
)

// begin writes a first spec.
func begin(ctx context.Context, p *program, args []string) error {
	var dir, server, httpConfig string
	flags := flag.NewFlagSet("init", flag.ContinueOnError)
	flags.StringVar(&dir, "spec", "spec", "`folder` to write to; files that are there stay as they are")
	flags.StringVar(&server, "prometheus", "", "look at this `server` instead of asking questions, for example http://localhost:9090")
	flags.StringVar(&httpConfig, "http-config", "", "TLS and credentials for that server, in a `file` of the form of promtool's --http.config.file")
	about := "Writes a first description of a platform: by questions, an empty answer taking what is proposed, or from what a Prometheus\n" +
		"server knows of our exporters, its own settings, and the calls of the last week."
	if err := p.parse(flags, about, args); err != nil {
		return err
	}
	if err := unwritten(dir); err != nil {
		return err
	}
	proposal := starter.Default()
	if err := p.fillIn(ctx, &proposal, server, httpConfig); err != nil {
		return err
	}
	files := proposal.Files()
	if err := p.judge(dir, files); err != nil {
		return err
	}
	if err := writeNew(dir, files); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintln(p.stdout, "wrote", filepath.Join(dir, name))
	}
	fmt.Fprintf(p.stdout, "read them, then: obsgen check -spec %s, obsgen generate -spec %s\n", dir, dir)
	return ctx.Err()
}

// unwritten refuses a folder in which one of the files is there already.
func unwritten(dir string) error {
	for _, name := range spec.Files() {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s is there already: init writes a first spec and overwrites nothing", path)
		} else if !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// fillIn asks a person, or a server.
func (p *program) fillIn(ctx context.Context, proposal *starter.Proposal, server, httpConfig string) error {
	if server == "" {
		return starter.Ask(proposal, p.stdin, p.stderr)
	}
	client, err := promapi.Open(server, httpConfig)
	if err != nil {
		return err
	}
	found, err := starter.Discover(ctx, proposal, client, p.now())
	for _, line := range found {
		fmt.Fprintln(p.stderr, line)
	}
	return err
}

// judge reads files as a spec, and builds all that follows, before they are anywhere.
func (p *program) judge(dir string, files map[string]string) (err error) {
	aside, err := os.MkdirTemp("", "obsgen-init-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(aside)) }()
	if err := writeNew(aside, files); err != nil {
		return err
	}
	s, problems := spec.Load(os.DirFS(aside), dir)
	if err := problems.Err(); err != nil {
		return err
	}
	made, err := assemble(s, specTargets(s))
	if err != nil {
		return err
	}
	for _, w := range made.warnings {
		fmt.Fprintf(p.stderr, "warning: %s: %s\n", w.What, w.Hint)
	}
	return nil
}

// writeNew writes files that are not there, all or none.
func writeNew(dir string, files map[string]string) error {
	const folderMode, fileMode = 0o755, 0o644
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return err
	}
	var written []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
		if err == nil {
			written = append(written, path)
			_, err = f.WriteString(files[name])
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			for _, w := range written {
				err = errors.Join(err, os.Remove(w))
			}
			return err
		}
	}
	return nil
}
