package rules

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// signals make expressions about what is measured of services, of the series by which the profile says that it is. Which service a series is
// of tells its label, and never its name: several services write under the name of another.
type signals struct {
	profile   spec.Profile
	services  spec.Services
	catalogue *metric.Catalogue
	anchored  bool
}

func newSignals(s *spec.Spec, cat *metric.Catalogue) signals {
	return signals{profile: s.Profile, services: s.Services, catalogue: cat, anchored: anchored(s)}
}

// subject is whose series a rule reads: those of one service, or of all where they have one name for all.
type subject struct {
	one     bool
	service spec.Service
	foreign bool // others count for the service, whose label theirs do not carry
}

// set are the labels that the rule itself sets.
func (u subject) set(by string, more map[string]string) map[string]string {
	if !u.one {
		return more
	}
	return merge(more, map[string]string{by: u.service.Attribution})
}

// subjects are whose series make up some signals: one subject where they all have a name for all services, or else one for each service that
// has the first.
func (g signals) subjects(first spec.Signal, further ...spec.Signal) []subject {
	shared := first.Shared()
	for _, s := range further {
		shared = shared && (!s.Mapped() || s.Shared())
	}
	if shared {
		return []subject{{}}
	}
	var list []subject
	for _, o := range g.services.List {
		if _, ok := first.MetricOf(o); ok {
			list = append(list, subject{one: true, service: o, foreign: g.foreign(first)})
		}
	}
	return list
}

// foreign reports whether a signal is another's series about one service. A load balancer's series say nothing of which service is behind it.
func (g signals) foreign(s spec.Signal) bool {
	f := g.family(s)
	return s.Of != "" && f != nil && f.Emitter.Profile == ""
}

// teller is the first service that has a signal.
func (g signals) teller(s spec.Signal) spec.Service {
	for _, o := range g.services.List {
		if _, ok := s.MetricOf(o); ok {
			return o
		}
	}
	return spec.Service{}
}

// family is that of the series of a signal's first service, or nil where it is a record.
func (g signals) family(s spec.Signal) *metric.Family {
	name, _ := s.MetricOf(g.teller(s))
	f, _, _ := g.catalogue.Resolve(name)
	return f
}

// selector selects the series of a signal that are a subject's.
func (g signals) selector(u subject, s spec.Signal, suffix, matcher string) string {
	name := s.Metric
	var matchers []string
	if u.one {
		name, _ = s.MetricOf(u.service)
		if !u.foreign {
			matchers = append(matchers, fmt.Sprintf("%s=%q", g.services.Label, u.service.Attribution))
		}
	}
	if matcher != "" {
		matchers = append(matchers, matcher)
	}
	if len(matchers) == 0 {
		return name + suffix
	}
	return fmt.Sprintf("%s%s{%s}", name, suffix, strings.Join(matchers, ","))
}

// sum adds up a subject's series by further labels, and by service where there are several.
func (g signals) sum(u subject, expr string, further ...string) string {
	if !u.one {
		further = append([]string{g.services.Label}, further...)
	}
	return fmt.Sprintf("sum by (%s) (%s)", strings.Join(further, ", "), expr)
}

// growth is by how much a subject's series of a signal grew in five minutes.
func (g signals) growth(u subject, s spec.Signal, suffix, matcher string, further ...string) string {
	return g.sum(u, increase(g.selector(u, s, suffix, matcher), serviceWindow, g.anchored), further...)
}

// withBirth is growth, and of a series that came about in between all that it has: a counter with labels begins with its first event. That
// it was not just out of sight shows its target, which was read before.
func (g signals) withBirth(u subject, s spec.Signal, further ...string) string {
	counter, ago := g.selector(u, s, "", ""), slo.FormatDuration(serviceWindow)
	born := fmt.Sprintf("%[1]s unless %[1]s offset %[2]s and on (%[3]s, instance) %[4]s offset %[2]s == 1", counter, ago, g.services.Label, metric.Up.Name)
	return g.sum(u, born+" or "+increase(counter, serviceWindow, g.anchored), further...)
}

// byKind has the labels of a sum by labels of the signal's kind, which the series may call otherwise. It takes what sums by some labels, and
// returns which labels there are.
func byKind(s spec.Signal, kinds []string, sum func(theirs ...string) string) (expr string, labels []string) {
	var theirs []string
	for _, kind := range kinds {
		if name, ok := s.Label(kind); ok {
			theirs, labels = append(theirs, name), append(labels, kind)
		}
	}
	expr = sum(theirs...)
	for i, kind := range labels {
		if theirs[i] != kind {
			expr = fmt.Sprintf(`sum without (%s) (label_replace(%s, %q, "$1", %q, "(.*)"))`, theirs[i], expr, kind, theirs[i])
		}
	}
	return expr, labels
}

// story is a series of a signal of its first service, with those of some labels that its family has.
func (g signals) story(s spec.Signal, suffix string, labels map[string]string, values string) TestSeries {
	o, family := g.teller(s), g.family(s)
	name, _ := s.MetricOf(o)
	at := map[string]string{g.services.Label: o.Attribution}
	if g.foreign(s) {
		at[g.services.Label] = family.Emitter.Name // whoever scrapes it, it is not the service
	}
	for label, value := range labels {
		if label == "le" || family != nil && family.HasLabel(label) {
			at[label] = value
		}
	}
	return series(name+suffix, at, values)
}

// seconds makes seconds of an expression in the unit of a signal. A quotient is exact where a product with 0.001 is not.
func seconds(s spec.Signal, expr string) string {
	if s.Scale == 1 {
		return expr
	}
	return expr + " / " + slo.FormatNumber(1/s.Scale)
}
