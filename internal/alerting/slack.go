package alerting

import "github.com/voipbin/observability/internal/spec"

// Receiver is one place to which Alertmanager sends.
type Receiver struct {
	Name         string  `yaml:"name"`
	SlackConfigs []Slack `yaml:"slack_configs"`
}

// Slack is a Slack-format webhook; Discord takes the same under /slack.
type Slack struct {
	APIURL       string `yaml:"api_url,omitempty"`
	APIURLFile   string `yaml:"api_url_file,omitempty"`
	Channel      string `yaml:"channel,omitempty"`
	SendResolved bool   `yaml:"send_resolved"`
	Color        string `yaml:"color"`
	Title        string `yaml:"title"`
	TitleLink    string `yaml:"title_link"`
	Fallback     string `yaml:"fallback"`
	Text         string `yaml:"text"`
}

// The templates of a message (https://prometheus.io/docs/alerting/latest/notifications/). Colours are written as numbers,
// because Discord does not know Slack's words for them.
const (
	colorTemplate = `{{ if eq .Status "firing" }}#d64545{{ else }}#3d9a50{{ end }}`
	titleTemplate = `{{ if eq .Status "firing" }}{{ .CommonLabels.severity | toUpper }} {{ .CommonLabels.alertname }} ({{ .Alerts.Firing | len }}){{ else }}resolved: {{ .CommonLabels.alertname }}{{ end }}`
	linkTemplate  = `{{ .CommonAnnotations.runbook_url }}`
	textTemplate  = `{{ range .Alerts }}{{ if eq .Status "resolved" }}resolved: {{ end }}{{ .Annotations.summary }}
{{ if eq .Status "firing" }}{{ with .Annotations.description }}{{ . }}
{{ end }}{{ with .Annotations.runbook_url }}Runbook: {{ . }}
{{ end }}{{ with .Annotations.dashboard }}Board: {{ . }}
{{ end }}{{ end }}{{ end }}`
)

// slackReceiver returns a receiver that sends to the file's address, or to webhook when that is not empty.
func slackReceiver(r spec.Receiver, webhook string) Receiver {
	s := Slack{
		APIURLFile: r.SlackURLFile, Channel: r.Channel, SendResolved: true,
		Color: colorTemplate, Title: titleTemplate, TitleLink: linkTemplate, Fallback: titleTemplate, Text: textTemplate,
	}
	if webhook != "" {
		s.APIURL, s.APIURLFile = webhook, ""
	}
	return Receiver{Name: r.Name, SlackConfigs: []Slack{s}}
}
