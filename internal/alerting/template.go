package alerting

// The templates of a message (https://prometheus.io/docs/alerting/latest/notifications/). Colours are written as numbers,
// because Discord does not know Slack's words for them. Addresses are written out: Slack, Discord and mail readers all make links of them,
// and where the spec names no Grafana there is only a path.
const (
	colorTemplate = `{{ if eq .Status "firing" }}#d64545{{ else }}#3d9a50{{ end }}`
	titleTemplate = `{{ if eq .Status "firing" }}{{ .CommonLabels.severity | toUpper }} {{ .CommonLabels.alertname }} ({{ .Alerts.Firing | len }}){{ else }}resolved: {{ .CommonLabels.alertname }}{{ end }}`
	linkTemplate  = `{{ .CommonAnnotations.runbook_url }}`
	textTemplate  = `{{ range .Alerts }}{{ if eq .Status "resolved" }}resolved: {{ end }}{{ .Annotations.summary }}
{{ if eq .Status "firing" }}{{ with .Annotations.description }}{{ . }}
{{ end }}{{ with .Annotations.runbook_url }}Runbook: {{ . }}
{{ end }}{{ with .Annotations.dashboard }}Board: {{ . }}
{{ end }}{{ with .Annotations.panel }}Panel: {{ . }}
{{ end }}{{ end }}{{ end }}`
)

// htmlTemplate is the message as a page for mail readers. Alertmanager escapes what alerts say; a path is shown and is no link.
const htmlTemplate = `<h2>{{ if eq .Status "firing" }}{{ .CommonLabels.severity | toUpper }} {{ .CommonLabels.alertname }} ({{ .Alerts.Firing | len }}){{ else }}resolved: {{ .CommonLabels.alertname }}{{ end }}</h2>
{{ range .Alerts }}<p><strong>{{ if eq .Status "resolved" }}resolved: {{ end }}{{ .Annotations.summary }}</strong><br>{{ .Annotations.description }}</p>
<p>{{ with .Annotations.runbook_url }}<a href="{{ . }}">Runbook</a> {{ end }}{{ with .Annotations.dashboard }}{{ if match "^https?://" . }}<a href="{{ . }}">Board</a> {{ else }}Board: {{ . }} {{ end }}{{ end }}{{ with .Annotations.panel }}{{ if match "^https?://" . }}<a href="{{ . }}">Panel</a>{{ else }}Panel: {{ . }}{{ end }}{{ end }}</p>
{{ end }}<p><a href="{{ .ExternalURL }}">Alertmanager</a></p>
`

// addressOf is a template of an annotation that is an address, and of nothing where it is a path.
func addressOf(annotation string) string {
	return `{{ with .CommonAnnotations.` + annotation + ` }}{{ if match "^https?://" . }}{{ . }}{{ end }}{{ end }}`
}
