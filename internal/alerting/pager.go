package alerting

import "github.com/voipbin/observability/internal/spec"

// PagerDuty is a service of PagerDuty, by its Events API v2. Links without an address are left out by Alertmanager.
type PagerDuty struct {
	RoutingKeyFile string            `yaml:"routing_key_file"`
	SendResolved   bool              `yaml:"send_resolved"`
	Description    string            `yaml:"description"`
	Severity       string            `yaml:"severity"`
	Details        map[string]string `yaml:"details"`
	Links          []PagerDutyLink   `yaml:"links"`
}

// PagerDutyLink is an address below an incident.
type PagerDutyLink struct {
	Href string `yaml:"href"`
	Text string `yaml:"text"`
}

// pagerDutyOf opens incidents: critical for pages, and a warning else.
func pagerDutyOf(r spec.Receiver, resolved bool) PagerDuty {
	return PagerDuty{
		RoutingKeyFile: r.PagerDutyKeyFile, SendResolved: resolved, Description: titleTemplate,
		Severity: `{{ if eq .CommonLabels.severity "page" }}critical{{ else }}warning{{ end }}`,
		Details:  map[string]string{"alerts": textTemplate},
		Links: []PagerDutyLink{
			{addressOf("runbook_url"), "Runbook"}, {addressOf("dashboard"), "Board"}, {addressOf("panel"), "Panel"},
		},
	}
}

// Opsgenie is a team's integration of Opsgenie.
type Opsgenie struct {
	APIKeyFile   string `yaml:"api_key_file"`
	SendResolved bool   `yaml:"send_resolved"`
	Message      string `yaml:"message"`
	Description  string `yaml:"description"`
	Priority     string `yaml:"priority"`
}

// opsgenieOf opens alerts: P1 for pages, P3 else.
func opsgenieOf(r spec.Receiver, resolved bool) Opsgenie {
	return Opsgenie{
		APIKeyFile: r.OpsgenieKeyFile, SendResolved: resolved, Message: titleTemplate, Description: textTemplate,
		Priority: `{{ if eq .CommonLabels.severity "page" }}P1{{ else }}P3{{ end }}`,
	}
}
