package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// stableNames is the golden list of the catalogue: a family and its labels a line. A test of the catalogue holds it.
const stableNames = "internal/metric/testdata/stable_names.txt"

// metricsChanged is the chapter of a release about names that other people's queries depend on.
func (s settings) metricsChanged(ctx context.Context) (string, error) {
	now, err := os.ReadFile(filepath.Join(s.root, stableNames))
	if err != nil {
		return "", err
	}
	before := ""
	if s.since != "" {
		if before, err = s.git(ctx, "show", s.since+":"+stableNames); err != nil {
			return "", err
		}
	}
	return changed(families(before), families(string(now)), s.since), nil
}

// families reads a list: labels by name.
func families(list string) map[string]string {
	found := map[string]string{}
	for line := range strings.SplitSeq(list, "\n") {
		if name, labels, ok := strings.Cut(strings.TrimSpace(line), "{"); ok {
			found[name] = strings.TrimSuffix(labels, "}")
		}
	}
	return found
}

// changed says in Markdown what became of families.
func changed(before, now map[string]string, since string) string {
	var b strings.Builder
	b.WriteString("### Metrics changed\n\n")
	if since == "" {
		fmt.Fprintf(&b, "There is no release before this one: all %d stable families are new.\n", len(now))
		return b.String()
	}
	told := false
	say := func(format string, args ...any) {
		told = true
		fmt.Fprintf(&b, "* "+format+"\n", args...)
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		labels, ok := now[name]
		switch {
		case !ok:
			say("removed: `%s`", name)
		case labels != before[name]:
			say("labels of `%s`: `{%s}`, before `{%s}`", name, labels, before[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if _, ok := before[name]; !ok {
			say("new: `%s{%s}`", name, now[name])
		}
	}
	if !told {
		b.WriteString("None of the stable families changed its name or its labels.\n")
	}
	return b.String()
}

// section is the part of the changelog about a version, or about what is not released yet.
func section(changelog, version string) string {
	for _, title := range []string{version, "Unreleased"} {
		_, rest, found := strings.Cut(changelog, "\n## "+title+"\n")
		if !found {
			continue
		}
		text, _, _ := strings.Cut(rest, "\n## ")
		return strings.TrimSpace(text) + "\n"
	}
	return ""
}
