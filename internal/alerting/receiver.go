package alerting

import "github.com/voipbin/observability/internal/spec"

// Receiver is one place to which Alertmanager sends. One without any configuration takes alerts and tells nobody.
type Receiver struct {
	Name      string      `yaml:"name"`
	Slack     []Slack     `yaml:"slack_configs,omitempty"`
	PagerDuty []PagerDuty `yaml:"pagerduty_configs,omitempty"`
	Opsgenie  []Opsgenie  `yaml:"opsgenie_configs,omitempty"`
	Email     []Email     `yaml:"email_configs,omitempty"`
	Webhook   []Webhook   `yaml:"webhook_configs,omitempty"`
}

// receiverOf returns a receiver. resolved says whether it is told that an alert is over. slack, when not empty, replaces the address of its
// Slack-format webhook and every other way.
func receiverOf(r spec.Receiver, resolved bool, slack string) Receiver {
	out := Receiver{Name: r.Name}
	if slack != "" {
		if r.SlackURLFile != "" {
			out.Slack = []Slack{slackOf(r, resolved, slack)}
		}
		return out
	}
	if r.SlackURLFile != "" {
		out.Slack = []Slack{slackOf(r, resolved, "")}
	}
	if r.PagerDutyKeyFile != "" {
		out.PagerDuty = []PagerDuty{pagerDutyOf(r, resolved)}
	}
	if r.OpsgenieKeyFile != "" {
		out.Opsgenie = []Opsgenie{opsgenieOf(r, resolved)}
	}
	if len(r.Email.To) > 0 {
		out.Email = []Email{emailOf(r.Email, resolved)}
	}
	if r.Webhook.Set() {
		out.Webhook = []Webhook{webhookOf(r.Webhook, resolved)}
	}
	return out
}
