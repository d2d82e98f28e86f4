package metric

import (
	"slices"
	"strings"
)

// TargetLabels are the labels that a Prometheus server adds to every sample it scrapes, whoever emits it.
func TargetLabels() []string { return []string{"instance", "job"} }

// All returns every family, system by system.
func All() []*Family {
	return slices.Concat(
		Kamailio(), RTPEngine(), Asterisk(), SIP(), Recovery(), SLO(), Prometheus(), GoRuntime(),
		PrometheusOwn(), Alertmanager(), Kubernetes(), KubeletFamilies(), Node(), MySQL(), Redis(), RabbitMQ(), Blackbox(), Stackdriver(), HomerFamilies(),
		SeedFamilies(), VoIPBIN(),
	)
}

// Catalogue finds families by name.
type Catalogue struct {
	byName map[string]*Family
}

// NewCatalogue indexes families. A later family of the same name replaces an earlier one.
func NewCatalogue(families []*Family) *Catalogue {
	c := &Catalogue{byName: make(map[string]*Family, len(families))}
	for _, f := range families {
		c.byName[f.Name] = f
	}
	return c
}

// Lookup returns the family of that name.
func (c *Catalogue) Lookup(name string) (*Family, bool) {
	f, ok := c.byName[name]
	return f, ok
}

// Resolve returns the family that a series name belongs to: the family itself, or the histogram or summary whose
// _bucket, _sum or _count series it is. The second result is the series' suffix, empty for the family's own name.
func (c *Catalogue) Resolve(series string) (*Family, string, bool) {
	if f, ok := c.byName[series]; ok {
		return f, "", true
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		base, found := strings.CutSuffix(series, suffix)
		if !found {
			continue
		}
		f, ok := c.byName[base]
		if !ok || (f.Type != Histogram && (f.Type != Summary || suffix == "_bucket")) {
			continue
		}
		return f, suffix, true
	}
	return nil, "", false
}

// Names returns all names in the order of the alphabet.
func (c *Catalogue) Names() []string {
	names := make([]string, 0, len(c.byName))
	for n := range c.byName {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
