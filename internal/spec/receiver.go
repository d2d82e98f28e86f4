package spec

import "github.com/voipbin/observability/internal/diag"

// Receiver is one place to which Alertmanager sends, by one way or several. Secrets are never part of it: the paths name files
// that only Alertmanager reads.
type Receiver struct {
	Name string
	// SlackURLFile is a file that holds the address of a Slack-format webhook (Discord takes it under /slack).
	SlackURLFile string
	Channel      string
	// PagerDutyKeyFile is a file that holds an integration key of PagerDuty's Events API v2.
	PagerDutyKeyFile string
	// OpsgenieKeyFile is a file that holds an API key of Opsgenie.
	OpsgenieKeyFile string
	Email           Email
	Webhook         Webhook
	Pos             diag.Position
}

// Email is how messages are mailed; without To they are not.
type Email struct {
	To           []string
	From         string
	Smarthost    string // host:port; STARTTLS is demanded
	Username     string // "" sends without a login
	PasswordFile string
}

// Webhook takes Alertmanager's own JSON; without either address there is none.
type Webhook struct {
	URL       string
	URLFile   string // where the address itself is the secret
	TokenFile string // bearer token
}

// Set reports whether there is a webhook.
func (w Webhook) Set() bool { return w.URL != "" || w.URLFile != "" }
