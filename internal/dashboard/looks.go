package dashboard

import (
	"slices"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/metric"
)

// statusClasses gives each class of SIP status codes the colour of what it means.
func statusClasses() []panel.Override {
	return slices.Concat(
		panel.Kin(panel.Neutral, "1xx"), panel.Kin(panel.Good, "2xx"), panel.Kin(panel.Sky, "3xx"),
		panel.Kin(panel.Warning, "4xx"), panel.Kin(panel.Bad, "5xx"), panel.Kin(panel.Violet, "6xx"),
	)
}

// platformFailures are the causes that count against the objective of call set-up.
func platformFailures() []string { return []string{"408", "timeout", "500", "503", "504"} }

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
