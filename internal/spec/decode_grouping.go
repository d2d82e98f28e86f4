package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// Bounds of a grouping.
const (
	// mostGroups keeps a grouping to what people follow: each group has rules, alerts, tests, runbooks and a line of its own.
	mostGroups = 100
	// longestName is how long the name of an objective may be.
	longestName = 63
)

// valueForm is a character of a value: ASCII, without what would have to be escaped in expressions and in templates.
const valueForm = `[ !#%&()*+,./0-9:;<=>?@A-Z\[\]^_a-z|~-]`

// reservedLabels are those by which objectives cannot be grouped: alerts have them already, or the expressions do.
func reservedLabels() []string {
	return []string{"slo", "tier", "owner", "severity", "burn", "alertname", "le", "quantile", "window"}
}

// listed is what a grouping states.
type listed struct {
	// label is the label by which events are told apart: its name behind a dollar sign stands for the value in the expressions, in conditions such as
	// service="$service".
	label string
	// groups are the values that have an objective each, named by the value: NAME_VALUE in lower case. All else holds for each of them, the traffic too.
	groups []group
}

// group is one value of a grouping, with what it does not share.
type group struct {
	value       config.Value
	text        string // the label's value
	anchors     diag.Anchors
	pos         diag.Position  // of a group that states anything of its own; empty for others
	objective   config.Percent // instead of the one that all share
	traffic     Traffic        // instead of the one that all share
	minFailures int            // instead of the one that all share
	owner       string         // instead of the one that all share
	exclusions  []Exclusion    // besides those that all share
}

// grouped makes an objective of each group of one that is grouped; any other is one by itself.
func (l *loader) grouped(v config.Value, o SLO) []SLO {
	switch {
	case !v.Present():
		l.variables(o.SLI, nil, false)
		return []SLO{o}
	case o.SLI.Composite():
		v.Reject("a composite has no groups", "group its parts, and write a composite of those of each group")
		return nil
	}
	of := config.Object(v, l.groups)
	g := &Grouping{Name: o.Name, Title: o.Title, Label: of.label, SLI: o.SLI, Owner: o.Owner, Tier: o.Tier, Dashboard: o.Dashboard, Pos: o.Pos}
	if g.Label != "" {
		l.variables(o.SLI, g, true)
	}
	out := make([]SLO, len(of.groups))
	for i, one := range of.groups {
		g.Values = append(g.Values, one.text)
		out[i] = l.ofGroup(o, g, one)
	}
	return out
}

// groups decodes by which label, and for which values.
func (l *loader) groups(m *config.Map) listed {
	by, values := m.Required("by"), m.Required("values")
	of := listed{label: label(by), groups: config.List(values, l.group)}
	switch {
	case of.groups != nil && len(of.groups) == 0:
		values.Reject("no groups", "list the values of "+by.Raw()+" that have a budget each")
	case len(of.groups) > mostGroups:
		values.Reject(fmt.Sprintf("%d groups", len(of.groups)), fmt.Sprintf("list %d at most: each has records, alerts, tests and runbooks of its own; leave what is small together in a plain objective", mostGroups))
		of.groups = nil
	}
	return of
}

// label decodes the name of a label; empty where nothing can be said of what stands for its values.
func label(v config.Value) string {
	if v.Present() && v.Raw() == "" {
		v.Reject("a grouping is by one label", "name the label that budgets are about, and write another objective for each value of a second one")
		return ""
	}
	name := v.Match(`[a-zA-Z_][a-zA-Z0-9_]*`, "the name of a label")
	if slices.Contains(reservedLabels(), name) || strings.HasPrefix(name, "__") {
		v.Reject(fmt.Sprintf("nothing can be grouped by %q", name), "alerts and expressions have that name already: group by a label that tells events apart, such as service")
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf || !letter(byte(r)) }) {
		return ""
	}
	return name
}

// group decodes one group: its value alone, or with what it does not share with the others.
func (l *loader) group(v config.Value) group {
	if v.Raw() != "" {
		text, anchors := groupValue(v)
		return group{value: v, text: text, anchors: anchors}
	}
	return config.Object(v, func(m *config.Map) group {
		value := m.Required("value")
		text, anchors := groupValue(value)
		return group{
			value: value, text: text, anchors: anchors, pos: m.Pos(),
			objective:   objective(m.Optional("objective")),
			traffic:     config.Object(m.Optional("traffic"), traffic),
			minFailures: m.Optional("min_failures").Int(1, maxMinFailures),
			owner:       l.owner(m.Optional("owner")),
			exclusions:  config.Objects(m.Optional("exclusions"), exclusion),
		}
	})
}

// groupValue decodes the value of a group, which stands in expressions, in names and in alerts.
func groupValue(v config.Value) (string, diag.Anchors) {
	v.Match(valueForm+"*[a-zA-Z0-9]"+valueForm+"*", "a value of a letter or digit at least, of ASCII, without quotes, backslash, braces or dollar sign")
	return v.Text()
}

// ofGroup is the objective of one group.
func (l *loader) ofGroup(o SLO, g *Grouping, one group) SLO {
	o.Group = Group{Of: g, Value: one.text, Anchors: one.anchors}
	o.Name, o.Title = g.Name+"_"+slug(one.text), g.Title+": "+one.text
	before := g.Values[:len(g.Values)-1]
	alike := slices.IndexFunc(before, func(other string) bool { return slug(other) == slug(one.text) })
	switch {
	case slices.Contains(before, one.text):
		one.value.Reject(fmt.Sprintf("%q is listed twice", one.text), "each group has one objective")
	case alike >= 0:
		one.value.Reject(fmt.Sprintf("%q and %q would both be called %q", before[alike], one.text, o.Name), "names know no case and no signs: write an objective of its own for one of them")
	case len(o.Name) > longestName:
		one.value.Reject(fmt.Sprintf("the name %q is longer than %d characters", o.Name, longestName), "shorten that of the objective")
	default:
		l.distinct("slo", o.Name, one.value)
		l.distinct("title", o.Title, one.value)
	}
	o.SLI = g.SLI.forGroup(o.Group)
	o.Owner = cmp.Or(one.owner, o.Owner)
	if one.objective.Text != "" {
		o.Objective, o.ObjectiveText = one.objective.Ratio, one.objective.Text
	}
	o.Traffic, o.MinFailures = cmp.Or(one.traffic, o.Traffic), cmp.Or(one.minFailures, o.MinFailures)
	o.Exclusions = slices.Concat(o.Exclusions, one.exclusions)
	o.Pos = cmp.Or(one.pos, o.Pos)
	return o
}

// slug is a value as the end of a name: in lower case, with one underscore for whatever is neither letter nor digit.
func slug(value string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return r >= utf8.RuneSelf || r == '_' || !letter(byte(r)) }), "_")
}

// forGroup is the indicator of one group: its value stands in the place of the variable, wherever the grouping's condition does.
func (s SLI) forGroup(g Group) SLI {
	for _, e := range s.expressions() {
		*e = e.forGroup(g)
	}
	return s
}

// forGroup is the expression with a value in the place of the variable. The value's bytes stand where the value was listed.
func (e Expr) forGroup(g Group) Expr {
	condition := g.Of.Condition()
	before := len(condition) - len(g.Of.Variable()) - len(`"`)
	for from := len(e.Text); ; { // from behind, so that what is before stays where it is
		found := lastCondition(e.Text[:from], condition)
		if found < 0 {
			return e
		}
		start := found + before
		e.Text, e.Anchors = e.Anchors.Replace(e.Text, start, start+len(g.Of.Variable()), g.Value, g.Anchors)
		from = found
	}
}

// lastCondition is where a condition stands last in an expression, and not as the end of one on a longer name; negative where it does not.
func lastCondition(text, condition string) int {
	for {
		at := strings.LastIndex(text, condition)
		if at <= 0 || !letter(text[at-1]) {
			return at
		}
		text = text[:at]
	}
}

// letter reports whether a byte may stand in a name.
func letter(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// variables reports what stands for nothing in the expressions of an objective and, of one that is grouped, variables that do not stand in the
// grouping's condition, and expressions that are about all groups.
func (l *loader) variables(s SLI, g *Grouping, demanded bool) {
	for _, e := range s.expressions() {
		asked := false
		for _, at := range variablesIn(e.Text) {
			name := e.Text[at[0]:at[1]]
			switch {
			case strings.Trim(name, "${}") == strings.TrimPrefix(windowVariable, "$"):
			case g == nil:
				l.report.Add(e.Problem(at[0], at[1], name+" stands for nothing", "write the value; a grouping makes an objective for each value of a label"))
			case strings.Trim(name, "${}") != g.Label:
				l.report.Add(e.Problem(at[0], at[1], fmt.Sprintf("%s stands for nothing in a grouping by %s", name, g.Label), g.Variable()+" and "+windowVariable+" stand for something"))
			case !inCondition(e.Text, at, g):
				l.report.Add(e.Problem(at[0], at[1], fmt.Sprintf("%s stands outside of %s", name, g.Condition()), "write just that condition: what no group has is found by another one in its place"))
			default:
				asked = true
				continue
			}
			asked = asked || g != nil && strings.Trim(name, "${}") == g.Label // what is said of it is enough
		}
		if demanded && !asked && e.Text != "" {
			l.report.Add(e.Problem(0, len(e.Text), "the expression does not use "+g.Variable(), "it would count the events of all groups in each: ask for "+g.Condition()))
		}
	}
}

// variablesIn finds where there are variables, $name or ${name}: the first byte of each, and the one behind it.
func variablesIn(text string) [][2]int {
	var found [][2]int
	for i := range len(text) {
		if text[i] != '$' {
			continue
		}
		rest, braced := strings.CutPrefix(text[i+1:], "{")
		n := 0
		for n < len(rest) && letter(rest[n]) && (n > 0 || rest[n] < '0' || rest[n] > '9') {
			n++
		}
		end := i + 1 + n
		if braced {
			end += len("{}")
		}
		if n > 0 && (!braced || strings.HasPrefix(rest[n:], "}")) {
			found = append(found, [2]int{i, end})
		}
	}
	return found
}

// inCondition reports whether a variable stands in the condition of a grouping.
func inCondition(text string, at [2]int, g *Grouping) bool {
	start, end := at[0]-len(g.Label+`="`), at[1]+len(`"`)
	return start >= 0 && end <= len(text) && text[start:end] == g.Condition() && (start == 0 || !letter(text[start-1]))
}
