package kube

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/alerting"
)

// SecretName is the Secret whose keys are the names of the files that hold credentials elsewhere.
const SecretName = "voipbin-alertmanager"

// alertmanagerSpec is an AlertmanagerConfig, as far as it is used here.
type alertmanagerSpec struct {
	Route     routeSpec      `yaml:"route"`
	Inhibit   []inhibitSpec  `yaml:"inhibitRules"`
	Times     []timesSpec    `yaml:"muteTimeIntervals,omitempty"`
	Receivers []receiverSpec `yaml:"receivers"`
}

type routeSpec struct {
	Receiver       string        `yaml:"receiver"`
	Matchers       []matcherSpec `yaml:"matchers,omitempty"`
	GroupBy        []string      `yaml:"groupBy,omitempty"`
	GroupWait      string        `yaml:"groupWait,omitempty"`
	GroupInterval  string        `yaml:"groupInterval,omitempty"`
	RepeatInterval string        `yaml:"repeatInterval,omitempty"`
	Continue       bool          `yaml:"continue,omitempty"`
	Muted          []string      `yaml:"muteTimeIntervals,omitempty"`
	Routes         []routeSpec   `yaml:"routes,omitempty"`
}

type matcherSpec struct {
	Name      string `yaml:"name"`
	Value     string `yaml:"value"`
	MatchType string `yaml:"matchType"`
}

type inhibitSpec struct {
	Source []matcherSpec `yaml:"sourceMatch"`
	Target []matcherSpec `yaml:"targetMatch"`
	Equal  []string      `yaml:"equal"`
}

type timesSpec struct {
	Name  string         `yaml:"name"`
	Times []intervalSpec `yaml:"timeIntervals"`
}

type intervalSpec struct {
	Times    []timeSpec `yaml:"times,omitempty"`
	Weekdays []string   `yaml:"weekdays,omitempty"`
	Days     []daySpec  `yaml:"daysOfMonth,omitempty"`
	Months   []string   `yaml:"months,omitempty"`
	Years    []string   `yaml:"years,omitempty"`
}

type timeSpec struct {
	Start string `yaml:"startTime"`
	End   string `yaml:"endTime"`
}

type daySpec struct {
	Start int `yaml:"start"`
	End   int `yaml:"end"`
}

type receiverSpec struct {
	Name      string           `yaml:"name"`
	Slack     []map[string]any `yaml:"slackConfigs,omitempty"`
	PagerDuty []map[string]any `yaml:"pagerdutyConfigs,omitempty"`
	Opsgenie  []map[string]any `yaml:"opsgenieConfigs,omitempty"`
	Email     []map[string]any `yaml:"emailConfigs,omitempty"`
	Webhook   []map[string]any `yaml:"webhookConfigs,omitempty"`
}

// AlertmanagerConfig is the routing as an object of the Prometheus Operator. Credentials in files become keys of the Secret
// SecretName. It has no place for time zones: false says that a mute has one, and would be at the wrong time.
func AlertmanagerConfig(c alerting.Config) (Object, bool) {
	spec := alertmanagerSpec{Route: routeOf(c.Route)}
	for _, r := range c.InhibitRules {
		spec.Inhibit = append(spec.Inhibit, inhibitSpec{matchers(r.SourceMatchers), matchers(r.TargetMatchers), r.Equal})
	}
	whole := true
	for _, t := range c.TimeIntervals {
		times := timesSpec{Name: t.Name}
		for _, one := range t.Times {
			whole = whole && (one.Location == "" || one.Location == "UTC")
			times.Times = append(times.Times, intervalOf(one))
		}
		spec.Times = append(spec.Times, times)
	}
	for _, r := range c.Receivers {
		spec.Receivers = append(spec.Receivers, receiverOf(r))
	}
	return object(operatorAlphaAPI, "AlertmanagerConfig", "routing", spec), whole
}

func routeOf(r alerting.Route) routeSpec {
	out := routeSpec{
		Receiver: r.Receiver, Matchers: matchers(r.Matchers), GroupBy: r.GroupBy, GroupWait: r.GroupWait, GroupInterval: r.GroupInterval,
		RepeatInterval: r.RepeatInterval, Continue: r.Continue, Muted: r.Muted,
	}
	for _, below := range r.Routes {
		out.Routes = append(out.Routes, routeOf(below))
	}
	return out
}

// matchers takes matchers apart that package alerting wrote: a label, an operator and a quoted value.
func matchers(list []string) []matcherSpec {
	var out []matcherSpec
	for _, m := range list {
		name, quoted, _ := strings.Cut(m, `"`)
		label := strings.TrimRight(name, "=!~")
		value, err := strconv.Unquote(`"` + quoted)
		if err != nil {
			value = strings.TrimSuffix(quoted, `"`) // not one of ours
		}
		out = append(out, matcherSpec{Name: label, Value: value, MatchType: name[len(label):]})
	}
	return out
}

func intervalOf(t alerting.Times) intervalSpec {
	out := intervalSpec{Weekdays: t.Weekdays, Months: t.Months, Years: t.Years}
	for _, r := range t.Times {
		out.Times = append(out.Times, timeSpec(r))
	}
	for _, d := range t.Days {
		if n, err := strconv.Atoi(d); err == nil { // package alerting writes numbers
			out.Days = append(out.Days, daySpec{n, n})
		}
	}
	return out
}

// key selects the key of the Secret that stands for a file.
func key(file string) map[string]any {
	return map[string]any{"name": SecretName, "key": path.Base(file)}
}

// pairs are free keys with their values, in the order of the keys.
func pairs(m map[string]string) []map[string]any {
	var list []map[string]any
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, map[string]any{"key": k, "value": m[k]})
	}
	return list
}

// receiverOf spells a receiver as the object does.
func receiverOf(r alerting.Receiver) receiverSpec {
	out := receiverSpec{Name: r.Name}
	for _, s := range r.Slack {
		c := map[string]any{
			"apiURL": key(s.APIURLFile), "sendResolved": s.SendResolved, "color": s.Color, "title": s.Title, "titleLink": s.TitleLink, "fallback": s.Fallback, "text": s.Text,
		}
		if s.Channel != "" {
			c["channel"] = s.Channel
		}
		out.Slack = append(out.Slack, c)
	}
	for _, p := range r.PagerDuty {
		var links []map[string]any
		for _, l := range p.Links {
			links = append(links, map[string]any{"href": l.Href, "alt": l.Text}) // the object calls the text so
		}
		out.PagerDuty = append(out.PagerDuty, map[string]any{
			"routingKey": key(p.RoutingKeyFile), "sendResolved": p.SendResolved, "description": p.Description, "severity": p.Severity,
			"details": pairs(p.Details), "pagerDutyLinkConfigs": links,
		})
	}
	for _, o := range r.Opsgenie {
		out.Opsgenie = append(out.Opsgenie, map[string]any{
			"apiKey": key(o.APIKeyFile), "sendResolved": o.SendResolved, "message": o.Message, "description": o.Description, "priority": o.Priority,
		})
	}
	for _, e := range r.Email {
		c := map[string]any{"to": e.To, "from": e.From, "smarthost": e.Smarthost, "sendResolved": e.SendResolved, "headers": pairs(e.Headers), "html": e.HTML, "text": e.Text}
		if e.AuthUsername != "" {
			c["authUsername"], c["authPassword"] = e.AuthUsername, key(e.AuthPasswordFile)
		}
		out.Email = append(out.Email, c)
	}
	for _, w := range r.Webhook {
		c := map[string]any{"sendResolved": w.SendResolved}
		if w.URL != "" {
			c["url"] = w.URL
		} else {
			c["urlSecret"] = key(w.URLFile)
		}
		if w.HTTP != nil {
			c["httpConfig"] = map[string]any{"authorization": map[string]any{"credentials": key(w.HTTP.Authorization.CredentialsFile)}}
		}
		out.Webhook = append(out.Webhook, c)
	}
	return out
}
