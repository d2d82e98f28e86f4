package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"

	"github.com/voipbin/observability/internal/changes"
)

// ruleGroups finds the key that makes a YAML file a rule file.
var ruleGroups = regexp.MustCompile(`(?m)^groups:`)

// showChanges says what changed between two trees, in words.
func showChanges(ctx context.Context, p *program, args []string) error {
	format := "text"
	flags := flag.NewFlagSet("diff", flag.ContinueOnError)
	flags.StringVar(&format, "format", format, "`form` of what is said: text, markdown for a comment of a pull request, or json")
	about := "Says what changed in boards and rules between two folders, or files: panels that came, went or moved, queries, units and\n" +
		"thresholds that changed, alerts and how long they wait. Of a repository, its folders dashboards and rules are read; of any\n" +
		"other folder, all boards and rule files in it. It prints, and fails only if something cannot be read."
	names, err := p.parseFiles(flags, about, "OLD NEW", args)
	if err != nil {
		return err
	}
	if len(names) != 2 {
		return usageError{what: fmt.Sprintf("diff: %d arguments, want OLD and NEW", len(names)), hint: listsFlags(flags)}
	}
	write := map[string]func(io.Writer, []changes.Change) error{"text": changes.Text, "markdown": changes.Markdown, "json": changes.JSON}[format]
	if write == nil {
		return usageError{what: fmt.Sprintf("diff: there is no format %q", format), hint: "text, markdown or json"}
	}
	var sets [2]*changes.Set
	for i, name := range names {
		if sets[i], err = readSet(name); err != nil {
			return err
		}
	}
	if err := write(p.stdout, changes.Compare(sets[0], sets[1])); err != nil {
		return err
	}
	return ctx.Err()
}

// readSet reads the boards and rules of a folder, or of a file.
func readSet(name string) (*changes.Set, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	set := changes.NewSet()
	if !info.IsDir() {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		return set, addFile(set, name, path.Base(name), data, true)
	}
	root := os.DirFS(name)
	roots := []string{}
	for _, dir := range []string{"dashboards", "rules"} {
		if info, err := fs.Stat(root, dir); err == nil && info.IsDir() {
			roots = append(roots, dir)
		}
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	for _, dir := range roots {
		if err := addFolder(set, name, root, dir); err != nil {
			return nil, err
		}
	}
	if boards, rules := set.Size(); boards+rules == 0 {
		return nil, fmt.Errorf("%s: there is neither a board nor a rule", name)
	}
	return set, nil
}

func addFolder(set *changes.Set, name string, root fs.FS, dir string) error {
	return fs.WalkDir(root, dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); file != dir && (strings.HasPrefix(base, ".") || base == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !strings.Contains(".json.yaml.yml", path.Ext(file)) || path.Ext(file) == "" {
			return nil
		}
		data, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		return addFile(set, path.Join(name, file), file, data, false)
	})
}

// addFile adds a board or a rule file; known is the path within the folder, by which both states are compared. What is neither is passed over
// unless it was named.
func addFile(set *changes.Set, file, known string, data []byte, named bool) error {
	if path.Ext(file) == ".json" {
		err := set.AddBoard(known, data)
		if errors.Is(err, changes.ErrNoBoard) && !named {
			return nil
		}
		return err
	}
	if !ruleGroups.Match(bytes.TrimPrefix(data, []byte("\ufeff"))) && !named {
		return nil
	}
	return set.AddRules(known, data)
}
