package spec

import (
	"net"
	"slices"
	"strconv"
)

// connects is the module of the blackbox_exporter that connects and says nothing, in the configuration that comes with it.
const connects = "tcp_connect"

// probePorts adds the job that connects to every port of the services, at the addresses that Kubernetes gives these: the port for metrics is
// scraped and needs no probe, and one for health checks is not there where nothing checks by it.
func (s *Spec) probePorts() {
	k := s.Scrape.Kubernetes
	if k.Prober == "" || !s.Services.Described() {
		return
	}
	job := ScrapeJob{Pos: k.Pos, Name: PortsJob, Kind: BlackboxJob, Prober: k.Prober, Module: connects}
	for _, o := range s.Services.List {
		for _, p := range o.Ports {
			if p.Name == MetricsPort || p.Name == HealthPort && p.Number != o.Liveness.Port && p.Number != o.Readiness.Port {
				continue
			}
			job.Targets = append(job.Targets, s.Services.PortAddress(o, p))
		}
	}
	if len(job.Targets) > 0 {
		s.Scrape.Jobs = append(slices.Clone(s.Scrape.Jobs), job)
	}
}

// ClusterHost is the name at which other pods reach a service that Kubernetes runs: service.namespace.svc.
func (s Services) ClusterHost(o Service) string { return o.Name + "." + s.Namespace + ".svc" }

// PortAddress is a port of a service at that name, as host:port.
func (s Services) PortAddress(o Service, p Port) string {
	return net.JoinHostPort(s.ClusterHost(o), strconv.Itoa(p.Number))
}
