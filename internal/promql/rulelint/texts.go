package rulelint

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// absent finds alerts about what is not there that do not wait until it has been scraped.
func absent(r *run, one rule) []string {
	if one.Alert == "" {
		return nil
	}
	uses := false
	one.nodes(func(node parser.Node, _ []parser.Node) {
		if c, ok := node.(*parser.Call); ok && c.Func.Name == "absent" {
			uses = true
		}
	})
	if wait, err := model.ParseDuration(one.For); uses && (err != nil || time.Duration(wait) < 2*r.Scrape) {
		return []string{"absent() without a for of two scrapes"}
	}
	return nil
}

// annotation finds alerts without the texts that people read.
func annotation(_ *run, one rule) []string {
	var found []string
	for _, name := range []string{"summary", "description", "runbook_url"} {
		if one.Alert != "" && strings.TrimSpace(one.Annotations[name]) == "" {
			found = append(found, "no "+name)
		}
	}
	return found
}

// comparison finds alerts that come whatever the value is.
func comparison(_ *run, one rule) []string {
	if one.Alert == "" || one.expr == nil {
		return nil
	}
	compares := false
	one.nodes(func(node parser.Node, _ []parser.Node) {
		switch n := node.(type) {
		case *parser.BinaryExpr:
			compares = compares || n.Op.IsComparisonOperator() || n.Op == parser.LUNLESS
		case *parser.Call:
			compares = compares || strings.HasPrefix(n.Func.Name, "absent")
		}
	})
	if !compares {
		return []string{"the expression compares nothing"}
	}
	return nil
}

// alertFor finds a time to wait that is none, or that says no more than leaving it out.
func alertFor(_ *run, one rule) []string {
	if one.For == "" {
		return nil
	}
	if wait, err := model.ParseDuration(one.For); err != nil || wait <= 0 {
		return []string{"for is " + one.For}
	}
	return nil
}

// ruleFor finds alerts that wait for longer than anybody would.
func ruleFor(_ *run, one rule) []string {
	const longest = 24 * time.Hour
	if wait, err := model.ParseDuration(one.For); err == nil && time.Duration(wait) > longest {
		return []string{"for is " + one.For}
	}
	return nil
}

// Functions of Prometheus' templates that take any arguments here: https://prometheus.io/docs/prometheus/latest/configuration/template_reference/
func functions() template.FuncMap {
	any := func(...any) string { return "" }
	funcs := template.FuncMap{}
	for _, name := range []string{
		"query", "first", "label", "value", "sortByLabel", "humanize", "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp", "toTime", "toDuration", "now",
		"title", "toUpper", "toLower", "stripPort", "stripDomain", "match", "reReplaceAll", "graphLink", "tableLink", "parseDuration", "stripVersion", "strvalue", "safeHtml", "args", "tmpl", "externalURL", "pathPrefix",
	} {
		funcs[name] = any
	}
	return funcs
}

// templates finds texts that Prometheus cannot fill in: broken ones, labels that the alert does not have, and queries over what is not there.
func templates(r *run, one rule) []string {
	if one.Alert == "" {
		return nil
	}
	var found []string
	known := r.Checker.Labels(one.Expr)
	for name, text := range one.Annotations {
		if _, err := template.New(name).Funcs(functions()).Parse("{{$labels := .}}{{$value := .}}{{$externalURL := .}}" + text); err != nil {
			found = append(found, name+": "+err.Error())
		}
		for _, m := range regexp.MustCompile(`\$labels\.([a-zA-Z_][a-zA-Z0-9_]*)`).FindAllStringSubmatch(text, -1) {
			if _, own := one.Labels[m[1]]; known != nil && !own && !slices.Contains(known, m[1]) {
				found = append(found, name+": the alert has no label "+m[1])
			}
		}
		for _, m := range regexp.MustCompile(`query "([^"]*)"`).FindAllStringSubmatch(text, -1) {
			for _, p := range r.Checker.Check(m[1]) {
				found = append(found, name+": "+p.What)
			}
		}
	}
	slices.Sort(found)
	return found
}

// labels finds alerts without the labels by which they are routed.
func labels(_ *run, one rule) []string {
	if one.Alert != "" && one.Labels["severity"] == "" {
		return []string{"no severity"}
	}
	return nil
}

// owner finds alerts of objectives that nobody answers for. Others are of the team whose receiver the routes name.
func owner(_ *run, one rule) []string {
	if one.Alert != "" && one.Labels["slo"] != "" && one.Labels["owner"] == "" {
		return []string{"no owner"}
	}
	return nil
}

// link finds addresses that lead nowhere; that the runbooks are there another test holds.
func link(_ *run, one rule) []string {
	text, ok := one.Annotations["runbook_url"]
	if !ok {
		return nil
	}
	if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "https" {
		return []string{"the runbook's address is " + text}
	}
	return nil
}

// names finds records that are not level:metric:operation, and alerts that are not in camel case.
func names(_ *run, one rule) []string {
	if one.Record != "" && !regexp.MustCompile(`^[a-z]+:[a-z0-9_]+:[a-z0-9_]+$`).MatchString(one.Record) {
		return []string{"a record is level:metric:operation"}
	}
	if one.Alert != "" && !regexp.MustCompile(`^[A-Z][A-Za-z0-9]+$`).MatchString(one.Alert) {
		return []string{"an alert is in camel case"}
	}
	return nil
}
