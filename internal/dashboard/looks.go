package dashboard

import (
	"slices"
	"strconv"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/metric"
)

// classHues are the colours of what SIP status codes mean, from 1xx to 6xx.
func classHues() []panel.Hue {
	return []panel.Hue{panel.Neutral, panel.Good, panel.Sky, panel.Warning, panel.Bad, panel.Violet}
}

// statusClasses gives each class of status codes the colour of its meaning.
func statusClasses() []panel.Override {
	var out []panel.Override
	for i, hue := range classHues() {
		out = append(out, panel.Kin(hue, strconv.Itoa(i+1)+"xx")...)
	}
	return out
}

// statusCodes gives each code the colour of its class and a stroke by its last digit. The series' names begin with the
// code or its class.
func statusCodes() []panel.Override {
	out := panel.Digits()
	for i, hue := range classHues() {
		out = append(out, panel.ForRegexp("^"+strconv.Itoa(i+1), panel.InColor(hue)))
	}
	return out
}

// processKinds lists the kinds of processes that every Kamailio has, as core.psx calls them (5.6 and 6.1).
func processKinds() []string {
	return []string{
		"udp receiver", "tcp receiver (generic)", "tcp main process", "timer", "slow timer", "secondary timer",
		"main process - attendant", "ctl handler",
	}
}

// platformFailures are the causes that count against the objective of call set-up.
func platformFailures() []string { return metric.CallSetupFailures() }

// outcomes gives each cause of the end of a call set-up its look: the platform's failures in red, success in blue, what
// callers are told by a healthy platform in other colours.
func outcomes() []panel.Override {
	rest := slices.DeleteFunc(metric.CallSetupCauses(), func(c string) bool {
		return c == "2xx" || slices.Contains(platformFailures(), c)
	})
	half := (len(rest) + 1) / 2
	return slices.Concat(
		panel.Kin(panel.Good, "2xx"), panel.Kin(panel.Bad, platformFailures()...),
		panel.Kin(panel.Warning, rest[:half]...), panel.Kin(panel.Neutral, rest[half:]...),
	)
}
