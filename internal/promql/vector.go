package promql

import (
	"maps"
	"slices"
	"strconv"

	"github.com/voipbin/observability/internal/metric"
)

// kind is what the values of a vector are.
type kind uint8

const (
	level      kind = iota // goes up and down: a gauge, or what a function or arithmetic made
	counter                // a cumulative count of one series, as scraped
	counterSum             // cumulative counts of several series added up: resets are lost in it
	unknown                // a foreign series whose emitter states no type
	scalar                 // not a vector
)

// vector is what is known about the result of an expression.
type vector struct {
	kind   kind
	family string // name of the one series it is made of, empty when there are several or none
	alias  string // what messages call it when it has no family
	// native is true when the values are native histograms rather than numbers.
	native bool
	labels map[string]label
	// open is true when there may be labels beyond labels.
	open bool
}

// label is what is known about one label of a vector.
type label struct {
	values []string // every value it can have; nil when not known
	pinned bool     // an equality matcher leaves a single value
	maybe  bool     // only some series of the vector have it
	unsaid bool     // it was never seen: no hint names it
}

// several reports whether the label surely takes more than one value in the vector.
func (l label) several() bool { return len(l.values) > 1 && !l.pinned && !l.maybe }

// as returns the vector with values of another kind.
func (v vector) as(k kind) vector {
	v.kind = k
	return v
}

// named gives a vector a name for messages, if it is not that of a single series.
func (v vector) named(name string) vector {
	if v.family == "" {
		v.alias = name
	}
	return v
}

// describe names the vector in a message.
func (v vector) describe() string {
	switch {
	case v.family != "":
		return strconv.Quote(v.family)
	case v.alias != "":
		return v.alias
	}
	return "the expression"
}

// has reports whether series of the vector can carry the label.
func (v vector) has(name string) bool {
	_, ok := v.labels[name]
	return ok || v.open || isPlaceholder(name)
}

// labelNames returns the labels in order; never nil.
func (v vector) labelNames() []string {
	names := slices.AppendSeq(make([]string, 0, len(v.labels)), maps.Keys(v.labels))
	slices.Sort(names)
	return names
}

// keep returns the vector with only the given labels, as by() and on() leave it.
func (v vector) keep(names []string) vector {
	kept := make(map[string]label, len(names))
	for _, n := range names {
		if l, ok := v.labels[n]; ok {
			kept[n] = l
		} else if v.open {
			kept[n] = label{maybe: true}
		}
	}
	v.labels, v.open = kept, false
	return v
}

// drop returns the vector without the given labels, as without() and ignoring() leave it.
func (v vector) drop(names ...string) vector {
	kept := maps.Clone(v.labels)
	for _, n := range names {
		delete(kept, n)
	}
	v.labels = kept
	return v
}

// with returns the vector with one more label.
func (v vector) with(name string, l label) vector {
	more := maps.Clone(v.labels)
	if more == nil {
		more = make(map[string]label, 1)
	}
	more[name] = l
	v.labels = more
	return v
}

// union returns what a set of both vectors' series can carry, as "or" makes it.
func union(a, b vector) vector {
	out := vector{kind: a.kind, open: a.open || b.open, labels: make(map[string]label), native: a.native && b.native}
	if a.family == b.family {
		out.family = a.family
	}
	if a.kind != b.kind {
		out.kind = level
	}
	for n, l := range a.labels {
		other, both := b.labels[n]
		l.maybe = l.maybe || other.maybe || !both
		l.pinned = l.pinned && other.pinned
		if other.values == nil {
			l.values = nil
		}
		out.labels[n] = l
	}
	for n := range b.labels {
		if _, both := a.labels[n]; !both {
			out.labels[n] = label{maybe: true}
		}
	}
	return out
}

// familyVector returns what is known about a series of a family; suffix is that of the series' name.
func (c *Checker) familyVector(f *metric.Family, suffix string) vector {
	v := vector{family: f.Name + suffix, labels: make(map[string]label)}
	for _, l := range f.Labels {
		v.labels[l.Name] = label{values: l.Values}
	}
	for _, n := range c.targetLabels {
		v.labels[n] = label{}
	}
	switch f.Type {
	case metric.Counter:
		v.kind = counter
	case metric.Gauge:
		v.kind = level
	case metric.Histogram:
		v.kind, v.native = counter, suffix == ""
	case metric.Summary:
		v.kind = counter
		if suffix == "" {
			v.kind = level
			v.labels["quantile"] = label{}
		}
	default:
		v.kind = unknown
	}
	if suffix == "_bucket" {
		v.labels["le"] = label{values: boundLabels(f.Buckets)}
	}
	v.open = f.Name == metric.Alerts.Name
	return v
}

// recordVector returns what is known about a recorded series.
func recordVector(rec *Record) vector {
	v := vector{family: rec.Name, kind: level, labels: make(map[string]label, len(rec.Labels))}
	for _, l := range rec.Labels {
		v.labels[l.Name] = label{values: l.Values}
	}
	return v
}
