package alerting

import (
	"strings"

	"github.com/voipbin/observability/internal/spec"
)

// Email is a way to send mail. Alertmanager demands STARTTLS by itself.
type Email struct {
	To               string            `yaml:"to"`
	From             string            `yaml:"from"`
	Smarthost        string            `yaml:"smarthost"`
	AuthUsername     string            `yaml:"auth_username,omitempty"`
	AuthPasswordFile string            `yaml:"auth_password_file,omitempty"`
	SendResolved     bool              `yaml:"send_resolved"`
	Headers          map[string]string `yaml:"headers"`
	HTML             string            `yaml:"html"`
	Text             string            `yaml:"text"`
}

func emailOf(e spec.Email, resolved bool) Email {
	return Email{
		To: strings.Join(e.To, ", "), From: e.From, Smarthost: e.Smarthost, AuthUsername: e.Username, AuthPasswordFile: e.PasswordFile,
		SendResolved: resolved, Headers: map[string]string{"Subject": titleTemplate}, HTML: htmlTemplate, Text: textTemplate,
	}
}
