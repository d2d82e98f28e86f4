package backtest

import (
	"time"

	"github.com/voipbin/observability/internal/rules"
)

// Course is one scenario with the question that it asks of an objective's alerts.
type Course struct {
	Scenario
	// Bad is where something is wrong that somebody should be told of; an alert elsewhere is false.
	Bad []Fault
}

// Courses are the built-in scenarios for an objective: what an outage, a slow decay, a quiet night and a healthy month look
// like at its own traffic. Allowed is the share of events that may fail, peak and trough are events an hour.
func Courses(allowed, peak, trough float64, length time.Duration) []Course {
	const day = 24 * time.Hour
	begin := min(length/2, 14*day).Truncate(day)
	base := Scenario{
		Length: length, Targets: 2, Peak: peak / 3600, Trough: trough / 3600, BaseErrors: 0.2 * allowed, Restart: 70 * time.Hour,
	}
	var all []Course
	add := func(name, title string, change func(*Scenario), faults ...Fault) {
		s := base
		s.Name, s.Title, s.Faults = name, title, faults
		if change != nil {
			change(&s)
		}
		all = append(all, Course{Scenario: s, Bad: faults})
	}
	at := func(hour float64, long time.Duration, ratio float64) Fault {
		return Fault{At: begin + time.Duration(hour*float64(time.Hour)), Length: long, Ratio: min(ratio, 1)}
	}
	add("outage", "everything fails for 30 minutes at the busiest time", nil, at(16, 30*time.Minute, 1))
	add("night", "everything fails for 30 minutes at the quietest time", nil, at(4, 30*time.Minute, 1))
	add("part", "ten per cent fail for two hours", nil, at(14, 2*time.Hour, 0.1))
	add("tenfold", "ten times the allowed share fails for six hours", nil, at(12, 6*time.Hour, 10*allowed))
	add("slow", "three times the allowed share fails for three days", nil, at(0, 3*day, 3*allowed))
	add("short", "everything fails for one minute", nil, at(16, time.Minute, 1))
	add("healthy", "a fifth of the allowed share fails all the time", nil)
	add("edge", "nine tenths of the allowed share fail all the time", func(s *Scenario) { s.BaseErrors = 0.9 * allowed })
	add("gaps", "healthy; targets are not scraped for 12 minutes every 40 hours, Prometheus is down for 7 minutes every 20", func(s *Scenario) {
		s.Gaps, s.Down = Recurring{Every: 40 * time.Hour, Length: 12 * time.Minute}, Recurring{Every: 20*time.Hour + 7*time.Minute, Length: 7 * time.Minute}
	})
	add("births", "healthy; errors are counted from the first on, targets are replaced daily", func(s *Scenario) { s.Lazy, s.Replace, s.Restart = true, day, 0 })
	return all
}

// CountersOf are the counters by which a scenario's events are made up, from the series that an objective is judged by. Targets have names of
// their own, but where the objective asks for one by name.
func CountersOf(inputs []rules.Input) []Counter {
	outcomes := map[rules.Outcome]Outcome{rules.CountsAll: All, rules.CountsGood: Good, rules.CountsFailed: Failed, rules.CountsUp: Up, rules.CountsNone: State}
	counters := make([]Counter, 0, len(inputs))
	for _, in := range inputs {
		if in.Name == "up" {
			continue // a scenario has it for every target
		}
		set := map[string]string{"__name__": in.Name}
		for name, text := range in.Labels {
			_, asked := in.Fixed[name]
			if asked || name != "instance" && name != "node" {
				set[name] = text
			}
		}
		counters = append(counters, Counter{Labels: set, Counts: outcomes[in.Counts], Histogram: in.Histogram})
	}
	return counters
}
