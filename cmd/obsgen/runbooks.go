package main

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"slices"

	"github.com/voipbin/observability/internal/dashboard"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/output"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/runbook"
	"github.com/voipbin/observability/internal/spec"
)

// runbooks adds the page of each alert. titles are those of boards and panels.
func (a *assembly) runbooks(alerts []rules.Alert, titles map[string]string) {
	for _, alert := range alerts {
		a.make(path.Join(runbookFolder, runbook.FileName(alert.Name)), func() ([]byte, error) { return runbook.Markdown(specHeader, alert, titles) })
	}
}

// elsewhere adds, for the default profile, the runbooks of alerts that only another one of the same spec has: they lead to the same place, and
// to the panels of that profile's boards. Problems of
// the others are for those to hear who ask for them; here one that has any is left out.
func (a *assembly) elsewhere(specDir, profile string) error {
	if profile != spec.DefaultProfile {
		return nil // what it writes is for itself
	}
	folder := os.DirFS(specDir)
	names, err := spec.Profiles(folder)
	if err != nil {
		return fmt.Errorf("profiles of %s: %w", specDir, err)
	}
	var others []*spec.Spec
	for _, name := range names {
		if s, problems := spec.LoadProfile(folder, specDir, name); name != spec.DefaultProfile && problems.Err() == nil {
			others = append(others, s)
		}
	}
	// One that extends another is without what that is without, and comes after it.
	slices.SortStableFunc(others, func(a, b *spec.Spec) int { return cmp.Compare(len(a.Profile.Without), len(b.Profile.Without)) })
	for _, s := range others {
		s.SLOs = nil // every profile has the same of them, or fewer
		catalogue := metric.NewCatalogue(metric.All())
		made, err := rules.Build(s, catalogue)
		if err != nil {
			continue
		}
		var more []rules.Alert
		for _, alert := range made.Alerts {
			file := path.Join(runbookFolder, runbook.FileName(alert.Name))
			if !slices.ContainsFunc(a.files, func(f output.File) bool { return f.Path == file }) {
				alert.Meaning += fmt.Sprintf(" Only profile `%s` has it, and what extends that.", s.Profile.Name)
				more = append(more, alert)
			}
		}
		if len(more) == 0 {
			continue
		}
		boards, err := dashboard.Outline(s, catalogue, made)
		if err != nil {
			continue
		}
		made.LinkPanels(dashboard.Panels(boards))
		a.runbooks(more, dashboard.Titles(boards))
	}
	return nil
}
