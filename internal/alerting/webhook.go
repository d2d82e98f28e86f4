package alerting

import "github.com/voipbin/observability/internal/spec"

// Webhook is a receiver of Alertmanager's own JSON, such as the tracker.
type Webhook struct {
	URL          string      `yaml:"url,omitempty"`
	URLFile      string      `yaml:"url_file,omitempty"`
	SendResolved bool        `yaml:"send_resolved"`
	HTTP         *HTTPConfig `yaml:"http_config,omitempty"`
}

// HTTPConfig is how requests are made.
type HTTPConfig struct {
	Authorization Authorization `yaml:"authorization"`
}

// Authorization is the header of a request: its kind is Bearer.
type Authorization struct {
	CredentialsFile string `yaml:"credentials_file"`
}

func webhookOf(w spec.Webhook, resolved bool) Webhook {
	out := Webhook{URL: w.URL, URLFile: w.URLFile, SendResolved: resolved}
	if w.TokenFile != "" {
		out.HTTP = &HTTPConfig{Authorization{w.TokenFile}}
	}
	return out
}
