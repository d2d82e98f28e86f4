package rules

import (
	"sync"
	"time"

	"github.com/voipbin/observability/internal/spec"
)

// madeOf is what Build keeps of an objective. Its rules are not among it: they are made again when a file is wanted.
type madeOf struct {
	files  []File
	tests  []Test
	alerts []Alert // with their rules as they stand in the files
	rules  int
	loaded []groupCost
	fault  error // a mistake of this package, unless the spec's own expressions are at fault
}

// give returns what the objective contributes, and gives its rules up.
func (o *objective) give(m *moulds) madeOf {
	made := madeOf{alerts: o.events.alerts, tests: o.tests()}
	settled := make(map[string][]Rule) // of alerts
	anew := &anew{of: o, moulds: m}
	for i, f := range o.contents() {
		made.files = append(made.files, File{Path: "rules/" + f.name, Make: func() RuleFile { return anew.file(i) }})
		for _, g := range f.Groups {
			cost, err := m.weighGroup(g)
			if err != nil && made.fault == nil {
				made.fault = err
			}
			made.rules += len(g.Rules)
			made.loaded = append(made.loaded, cost)
			m.castAlerts(g, settled)
		}
	}
	for i := range made.alerts {
		made.alerts[i].Rules = settled[made.alerts[i].Name]
	}
	for _, s := range o.sections() {
		*s = section{records: s.records}
	}
	return made
}

// castAlerts adds the alerting rules of a group, as they stand in its file, to those of their alerts.
func (m *moulds) castAlerts(g Group, settled map[string][]Rule) {
	for _, r := range g.Rules {
		if r.Alert == "" {
			continue
		}
		r.Expr, _ = m.cast(r.Alert, r.Expr) // it was weighed, so that it is known
		settled[r.Alert] = append(settled[r.Alert], r)
	}
}

// takeRecords takes the objective's records away from it.
func (o *objective) takeRecords() []Record {
	var records []Record
	for _, s := range o.sections() {
		records = append(records, s.records...)
		s.records = nil
	}
	return records
}

// anew makes the rules of an objective once more when a file is wanted, for all of its files, which are wanted soon after another,
// and keeps each until it is asked for.
type anew struct {
	of     *objective
	moulds *moulds
	mu     sync.Mutex
	kept   map[int]RuleFile // by number
}

// file returns the content of a file.
func (a *anew) file(number int) RuleFile {
	content := a.take(number)
	_ = a.moulds.settle(content) // Build has found all of its expressions right
	return content
}

// take returns the content of a file as it was composed.
func (a *anew) take(number int) RuleFile {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.kept[number]; !ok {
		fresh := *a.of
		fresh.tales = nil
		fresh.compose()
		a.kept = make(map[int]RuleFile)
		for i, f := range fresh.contents() {
			a.kept[i] = f.RuleFile
		}
	}
	content := a.kept[number]
	delete(a.kept, number)
	return content
}

// sections are what compose fills.
func (o *objective) sections() []*section {
	return []*section{&o.counters, &o.events, &o.days, &o.counted, &o.budget}
}

// fileOf is a rule file of an objective.
type fileOf struct {
	name string
	RuleFile
}

// contents are the objective's rule files.
func (o *objective) contents() []fileOf {
	files := []fileOf{{o.eventFile(), RuleFile{Groups: o.eventGroups()}}}
	if len(o.days.rules) > 0 {
		files = append(files, fileOf{o.daysFile(), RuleFile{Groups: []Group{o.daysGroup()}}})
	}
	return append(files, fileOf{o.budgetFile(), RuleFile{Groups: []Group{o.budgetGroup()}}})
}

// tests are the test files of the objective: what is told minute by minute, what is told by tiles, over weeks, by half hours over days, and the
// budget. Each loads the rules alone that it is about: promtool evaluates every rule that it loads at every step of every story.
func (o *objective) tests() []Test {
	var files []Test
	order := append([]string{callSetupGroup}, o.groupOrder()...)
	for _, f := range []struct {
		suffix string
		step   time.Duration
		rules  []string
	}{{"_test.yaml", minuteStep, o.storyFiles()}, {"-hours_test.yaml", tileStep, o.storyFiles()}, {"-weeks_test.yaml", weekStep, o.storyFiles()}, {"-months_test.yaml", monthStep, o.storyFiles()}, {"-days_test.yaml", dayTile, []string{o.daysFile()}}} {
		if o.tells(f.step) {
			files = append(files, testFile("slo_"+o.slo.Name+f.suffix, f.step, f.rules, order, func() []TestGroup { return o.tell(f.step) }))
		}
	}
	return append(files, testFile("slo_"+o.slo.Name+"-budget_test.yaml", hourTile, []string{o.budgetFile()}, nil, func() []TestGroup { return []TestGroup{o.budgetStory()} }))
}

// storyFiles are the rule files that stories about the objective load which begin with its events. A mean of ratios is told at once over all
// windows, as the records of its parts are made up.
func (o *objective) storyFiles() []string {
	var files []string
	if o.recorded {
		files = append(files, callSetupFile)
	}
	files = append(files, o.eventFile())
	if o.slo.SLI.Kind == spec.Weighted && len(o.days.rules) > 0 {
		files = append(files, o.daysFile())
	}
	return append(files, o.budgetFile())
}
