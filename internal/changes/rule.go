package changes

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/config"
)

// rule is one recording rule or alert.
type rule struct {
	file, group         string
	record, alert, expr string
	wait, keep          string // for, keep_firing_for
	labels, annotations map[string]string
	marks               string // the labels as a text, by which rules of one name are told apart
}

// group is what a group says besides its rules.
type group struct{ name, file, interval, offset, limit string }

func (r rule) name() string { return cmp.Or(r.alert, r.record) }

func (r rule) subject() string {
	if r.alert != "" {
		return "alert " + r.alert
	}
	return "record " + r.record
}

// AddRules adds a rule file of Prometheus. The error is a list of problems with their places.
func (s *Set) AddRules(file string, data []byte) error {
	var report config.Report
	groups := config.Decode(&report, file, data, func(m *config.Map) []config.Value {
		return config.List(m.Required("groups"), func(v config.Value) config.Value { return v })
	})
	for _, v := range groups {
		config.Object(v, func(m *config.Map) struct{} {
			g := group{name: m.Required("name").Raw(), file: file}
			g.interval, g.offset, g.limit = m.Optional("interval").Raw(), m.Optional("query_offset").Raw(), m.Optional("limit").Raw()
			free(m.Optional("labels"))
			s.groups[file+"\x00"+g.name] = g
			s.rules = append(s.rules, config.Objects(m.Required("rules"), func(m *config.Map) rule { return decodeRule(file, g.name, m) })...)
			return struct{}{}
		})
	}
	return report.Problems().Err()
}

func decodeRule(file, group string, m *config.Map) rule {
	r := rule{
		file: file, group: group, record: m.Optional("record").Raw(), alert: m.Optional("alert").Raw(), expr: strings.TrimSpace(m.Required("expr").Raw()),
		wait: m.Optional("for").Raw(), keep: m.Optional("keep_firing_for").Raw(), labels: free(m.Optional("labels")), annotations: free(m.Optional("annotations")),
	}
	r.marks = marks(r.labels)
	return r
}

// marks are labels as a text.
func marks(labels map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, fmt.Sprintf("%s=%q", k, labels[k]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// free reads a mapping of texts whose keys are free.
func free(v config.Value) map[string]string {
	out := map[string]string{}
	if !v.Present() {
		return out
	}
	for _, e := range v.Entries() {
		out[e.Key.Raw()] = e.Value.Raw()
	}
	return out
}

// groups compares what groups say besides their rules.
func (c *comparison) groups(before, after *Set) {
	for _, key := range keysOf(before.groups, after.groups) {
		was, had := before.groups[key]
		is, has := after.groups[key]
		if !had || !has {
			continue // its rules say so
		}
		c.on(is.file, "group "+is.name)
		c.words("evaluated every", was.interval, is.interval)
		c.words("query offset", was.offset, is.offset)
		c.words("limit", was.limit, is.limit)
	}
}

// firstOf is the index of the first rule that fits, -1 if none does.
func firstOf(rules []rule, fits func(int, rule) bool) int {
	for i, r := range rules {
		if fits(i, r) {
			return i
		}
	}
	return -1
}

// rules pairs rules by what they are called and their labels, then by name, then by what they ask: that is a renaming.
func (c *comparison) rules(before, after []rule) {
	later := make([]int, len(before)) // the index in after, or -1
	taken := make([]bool, len(after))
	for i := range later {
		later[i] = -1
	}
	sameKind := func(a, b rule) bool { return (a.alert == "") == (b.alert == "") }
	for _, same := range []func(a, b rule) bool{
		func(a, b rule) bool {
			return a.file == b.file && a.name() == b.name() && a.expr == b.expr && a.marks == b.marks
		},
		func(a, b rule) bool { return a.name() == b.name() && a.marks == b.marks },
		func(a, b rule) bool { return a.name() == b.name() && a.expr == b.expr },
		func(a, b rule) bool { return a.name() == b.name() },
		func(a, b rule) bool { return a.expr == b.expr },
	} {
		for i, a := range before {
			if later[i] >= 0 {
				continue
			}
			if j := firstOf(after, func(j int, b rule) bool { return !taken[j] && sameKind(a, b) && same(a, b) }); j >= 0 {
				later[i], taken[j] = j, true
			}
		}
	}
	for i, a := range before {
		if later[i] < 0 {
			c.on(a.file, a.subject())
			c.texts(kind(a)+" removed"+marked(a), a.expr, "")
		}
	}
	earlier := map[int]rule{}
	for i, j := range later {
		if j >= 0 {
			earlier[j] = before[i]
		}
	}
	for j, b := range after {
		c.on(b.file, b.subject())
		if a, ok := earlier[j]; ok {
			c.rule(a, b)
		} else {
			c.texts(kind(b)+" added"+marked(b), "", b.expr)
		}
	}
}

func kind(r rule) string {
	if r.alert != "" {
		return "alert"
	}
	return "record"
}

// marked are a rule's labels, by which rules of one name are told apart.
func marked(r rule) string {
	if len(r.labels) == 0 {
		return ""
	}
	return " " + r.marks
}

// rule compares two states of one rule.
func (c *comparison) rule(was, is rule) {
	if was.name() != is.name() {
		c.say("%s renamed: %s -> %s", kind(is), was.name(), is.name())
	}
	if was.file != is.file || was.group != is.group {
		c.say("moved: from group %s of %s to group %s of %s", was.group, was.file, is.group, is.file)
	}
	what := ""
	if was.marks == is.marks && is.alert != "" {
		what = strings.TrimPrefix(marked(is)+": ", " ")
	}
	what = strings.TrimPrefix(what, ": ")
	c.texts(what+"expression changed", was.expr, is.expr)
	c.words(what+"for", was.wait, is.wait)
	c.words(what+"keep firing for", was.keep, is.keep)
	for _, l := range keysOf(was.labels, is.labels) {
		c.words(fmt.Sprintf("label %s", l), was.labels[l], is.labels[l])
	}
	for _, a := range keysOf(was.annotations, is.annotations) {
		c.texts(what+a+" changed", was.annotations[a], is.annotations[a])
	}
}
