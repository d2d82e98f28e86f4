package rules

import (
	"slices"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/spec"
)

// madeOf is what Build keeps of an objective. Its rules are not among it: they are made again when a file is wanted.
type madeOf struct {
	files   []File
	tests   []Test
	alerts  []Alert // with their rules as they stand in the files
	records []Record
	rules   int
	loaded  []groupCost
	fault   error // a mistake of this package, unless the spec's own expressions are at fault
}

// makeObjective returns an objective with what it contributes. Of makes one of a spec, as a whole unless it is like another. The first of a shape is made
// as a whole: most have a shape of their own where every objective has other numbers.
func makeObjective(s spec.SLO, from source, m *moulds, met *shapes, of func(spec.SLO, source, *shape) *objective) (*objective, madeOf) {
	form, rest, w := shapeOf(s, from)
	var like *shape
	if form != "" {
		like = met.find(form, rest)
	}
	if like != nil && like.pattern() != nil {
		o := of(s, from, like)
		o.shape = like
		return o, o.cast(w)
	}
	o := of(s, from, nil)
	has, steps := o.filled(), o.steps()
	made := o.give(m)
	made.records = o.takeRecords()
	if like == nil && form != "" && o.sourceFault == nil {
		o.shape = &shape{filled: has, rest: rest, steps: steps, records: made.records, pattern: sync.OnceValue(func() *pattern {
			inMarks, marks := inMarks(s, w)
			return newPattern(of(inMarks, from, nil), marks, w, m)
		})}
		met.keep(form, o.shape)
	}
	return o, made
}

// give returns what the objective contributes, and gives its rules up.
func (o *objective) give(m *moulds) madeOf {
	made := madeOf{alerts: o.events.alerts, tests: o.tests(o.steps())}
	settled := make(map[string][]Rule) // of alerts
	anew := &anew{of: o, moulds: m}
	for i, f := range o.contents() {
		made.files = append(made.files, File{Path: "rules/" + f.name, Make: func() RuleFile { return anew.file(i) }})
		for _, g := range f.Groups {
			made.weigh(g, m)
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

// weigh adds the rules of a group, and what they load.
func (made *madeOf) weigh(g Group, m *moulds) {
	cost, err := m.weighGroup(g)
	if err != nil && made.fault == nil {
		made.fault = err
	}
	made.rules += len(g.Rules)
	made.loaded = append(made.loaded, cost)
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
	size := 0
	for _, s := range o.sections() {
		size += len(s.records)
	}
	records := make([]Record, 0, size)
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
	for _, g := range content.Groups {
		_ = a.moulds.settle(g.Rules) // Build has found all of its expressions right
	}
	return content
}

// take returns the content of a file as it was composed.
func (a *anew) take(number int) RuleFile {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.kept[number]; !ok {
		fresh := *a.of
		fresh.tales, fresh.again = nil, true
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
	if o.filled().days {
		files = append(files, fileOf{o.daysFile(), RuleFile{Groups: []Group{o.daysGroup()}}})
	}
	return append(files, fileOf{o.budgetFile(), RuleFile{Groups: []Group{o.budgetGroup()}}})
}

// testSteps are how far apart the evaluations are in each of the objective's test files, but for that of its budget, by the end of its name: what is told minute by
// minute, what is told by tiles, over weeks, over months, and by half hours over days.
func testSteps() map[time.Duration]string {
	return map[time.Duration]string{minuteStep: "_test.yaml", tileStep: "-hours_test.yaml", weekStep: "-weeks_test.yaml", monthStep: "-months_test.yaml", dayTile: "-days_test.yaml"}
}

// steps are those of testSteps of which the objective has something to tell.
func (o *objective) steps() []time.Duration {
	return slices.DeleteFunc([]time.Duration{minuteStep, tileStep, weekStep, monthStep, dayTile}, func(step time.Duration) bool { return !o.tells(step) })
}

// tests are the test files of the objective. Each loads the rules alone that it is about: promtool evaluates every rule that it loads at every step of
// every story.
func (o *objective) tests(steps []time.Duration) []Test {
	var files []Test
	order := append([]string{callSetupGroup}, o.groupOrder()...)
	teller := &teller{of: o, files: len(steps) + 1}
	for _, step := range steps {
		rules := o.storyFiles()
		if step == dayTile {
			rules = []string{o.daysFile()}
		}
		files = append(files, testFile("slo_"+o.slo.Name+testSteps()[step], step, rules, order, func() []TestGroup { return teller.take().tell(step) }))
	}
	return append(files, o.budgetTest(teller.take))
}

// teller composes an objective when one of its test files is wanted, and keeps it until all of them were, which are wanted soon after another.
type teller struct {
	of    *objective
	files int
	mu    sync.Mutex
	kept  *objective
	asked int
}

// take returns the objective with its tales.
func (t *teller) take() *objective {
	if t.of.like == nil {
		return t.of // it was composed
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil {
		fresh := *t.of
		fresh.begin()
		t.kept, t.asked = &fresh, 0
	}
	o := t.kept
	if t.asked++; t.asked == t.files {
		t.kept = nil
	}
	return o
}

// storyFiles are the rule files that stories about the objective load which begin with its events. A mean of ratios is told at once over all
// windows, as the records of its parts are made up.
func (o *objective) storyFiles() []string {
	var files []string
	if o.recorded {
		files = append(files, callSetupFile)
	}
	files = append(files, o.eventFile())
	if o.slo.SLI.Kind == spec.Weighted && o.filled().days {
		files = append(files, o.daysFile())
	}
	return append(files, o.budgetFile())
}
