package exporter

// The paths that exporters with a configuration file have besides the others.
const (
	probePath     = "/probe"
	discoveryPath = "/sd"
)

// targetGroup is one element of what Prometheus' HTTP service discovery reads.
type targetGroup struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// discovery lists the targets so that Prometheus needs no relabelling: each is scraped at this exporter, whose address is
// the one that Prometheus reached it by, and its instance label is the target's name.
func discovery(c fleetConfig, host string, tls bool) []targetGroup {
	groups := make([]targetGroup, 0, len(c.Targets))
	for _, t := range c.Targets {
		labels := map[string]string{
			"__metrics_path__": probePath,
			"__param_target":   t.Name,
			"__param_module":   t.Module,
			"instance":         t.Name,
		}
		if tls {
			labels["__scheme__"] = "https"
		}
		for _, l := range t.Labels {
			labels[l.Name] = l.Value
		}
		groups = append(groups, targetGroup{Targets: []string{host}, Labels: labels})
	}
	return groups
}
