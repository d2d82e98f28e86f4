package rules

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/voipbin/observability/internal/promql"
)

// Series names the series that a rule makes or reads: by name and, as many records of objectives have one name, by
// objective; an empty objective is any.
type Series struct{ Name, Objective string }

// objectivePrefix begins the names of the records that objectives have in common.
const objectivePrefix = "slo:"

// among is the condition that a label has one of some values, each of which may be a pattern or several of them with bars between. One value that is no
// pattern is asked for as it is, which costs Prometheus less than a pattern and is what linters want.
func among(label string, values ...string) string {
	pattern := strings.Join(values, "|")
	if regexp.QuoteMeta(pattern) == pattern {
		return fmt.Sprintf("%s=%q", label, pattern)
	}
	return fmt.Sprintf("%s=~%q", label, pattern)
}

// String is the selector of the series.
func (s Series) String() string {
	if s.Objective == "" {
		return s.Name
	}
	return fmt.Sprintf("%s{slo=%q}", s.Name, s.Objective)
}

// Covers reports whether what reads the series needs what makes another.
func (s Series) Covers(made Series) bool {
	return s.Name == made.Name && (s.Objective == made.Objective || s.Objective == "" || made.Objective == "")
}

// Makes is the series that the rule records; that of an alert is ALERTS.
func (r Rule) Makes() Series {
	switch {
	case r.Record == "":
		return Series{Name: "ALERTS"}
	case strings.HasPrefix(r.Record, objectivePrefix):
		return Series{r.Record, r.Labels["slo"]}
	}
	return Series{Name: r.Record}
}

// Reads are the series that the rule's expression reads. The error is a list of promql.Problems.
func (r Rule) Reads() ([]Series, error) {
	selections, err := promql.Selections(r.Expr)
	if err != nil {
		return nil, err
	}
	var list []Series
	for _, s := range selections {
		objectives := s.Asked()["slo"]
		switch {
		case s.Name == "": // a selector without a name reads nothing that a rule would make
		case len(objectives) == 0 || !strings.HasPrefix(s.Name, objectivePrefix):
			list = append(list, Series{Name: s.Name})
		default:
			for _, o := range objectives {
				list = append(list, Series{s.Name, o})
			}
		}
	}
	return list, nil
}
