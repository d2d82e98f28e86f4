package rules

import (
	"strings"

	"github.com/voipbin/observability/internal/spec"
)

// commands are what runbooks tell people to type about services: kubectl where they run in a cluster, and docker on a host that has none.
type commands struct {
	inCluster bool
	namespace string // of the services, in the cluster
}

func commandsOf(s *spec.Spec) commands {
	return commands{inCluster: s.Profile.Has(spec.PartKubernetes), namespace: s.Services.Namespace}
}

// command is one of two lines, as code: in the cluster, in whose namespace it stands for %s, or on the host that has none.
func (c commands) command(cluster, host string) string {
	if !c.inCluster {
		return "`" + host + "`"
	}
	namespace := c.namespace
	if namespace == "" {
		namespace = "NAMESPACE"
	}
	return "`" + strings.ReplaceAll(cluster, "%s", namespace) + "`"
}

// moreOf says how a service is given more room.
func (c commands) moreOf() string {
	return c.command("kubectl -n %s scale deployment/SERVICE --replicas=N", "docker compose up -d --scale SERVICE=N")
}
