package spec

import "github.com/voipbin/observability/internal/diag"

// Alerts is spec/alerts.yaml: thresholds, and who is told.
type Alerts struct {
	Kamailio   KamailioThresholds
	RTPEngine  RTPEngineThresholds
	Asterisk   AsteriskThresholds
	SIP        SIPThresholds
	Services   ServicesThresholds
	Hosts      HostsThresholds
	Stores     StoresThresholds
	Network    NetworkThresholds
	Monitoring MonitoringThresholds
	Capacity   CapacityThresholds
	Objectives ObjectivesThresholds
	Receivers  []Receiver
	Routes     Routes
	Mutes      []Mute
	Pos        diag.Position
}
