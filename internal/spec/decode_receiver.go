package spec

import (
	"strings"

	"github.com/voipbin/observability/internal/config"
)

// receiver decodes one place to which Alertmanager sends.
func (l *loader) receiver(m *config.Map) Receiver {
	name := m.Required("name")
	l.unique("receiver", name)
	r := Receiver{
		Pos:              m.Pos(),
		Name:             dnsLabel(name),
		SlackURLFile:     secretPath(m.Optional("slack_url_file")),
		Channel:          m.Optional("channel").String(),
		PagerDutyKeyFile: secretPath(m.Optional("pagerduty_key_file")),
		OpsgenieKeyFile:  secretPath(m.Optional("opsgenie_key_file")),
		Email:            config.Object(m.Optional("email"), email),
		Webhook:          config.Object(m.Optional("webhook"), webhook),
	}
	for _, way := range []string{"slack_url_file", "pagerduty_key_file", "opsgenie_key_file", "email", "webhook"} {
		if m.Optional(way).Present() {
			return r
		}
	}
	m.Reject("the receiver sends nowhere", "give it slack_url_file, pagerduty_key_file, opsgenie_key_file, email or webhook")
	return r
}

// secretPath decodes the path of a file that holds a secret, and refuses the secret itself where it looks like one.
func secretPath(v config.Value) string {
	s := v.String()
	switch {
	case s == "":
	case strings.Contains(s, "://"):
		v.Reject("want the path of a file, got an address", "put the webhook's address into a file that only Alertmanager can read: it is a secret")
	case !strings.ContainsAny(s, "/."):
		v.Reject("this does not look like the path of a file", "write a path on Alertmanager's machine, such as /etc/alertmanager/NAME; the secret itself has no place here")
	}
	return s
}

// email decodes how messages are mailed.
func email(m *config.Map) Email {
	to := m.Required("to")
	e := Email{
		To:           config.List(to, mailbox),
		From:         mailbox(m.Required("from")),
		Smarthost:    HostPort(m.Required("smarthost")),
		Username:     m.Optional("username").String(),
		PasswordFile: secretPath(m.Optional("password_file")),
	}
	if e.To != nil && len(e.To) == 0 {
		to.Reject("no addresses", "name one at least")
	}
	if (e.Username == "") != (e.PasswordFile == "") {
		m.Reject("username and password_file go together", "give both, or neither for a server that asks for no login")
	}
	return e
}

// mailbox decodes an address of e-mail. Whether it exists only its server knows.
func mailbox(v config.Value) string {
	s := v.String()
	if name, domain, found := strings.Cut(s, "@"); s != "" && (!found || name == "" || domain == "" || strings.ContainsAny(s, " ,<>")) {
		v.Rejectf("%q is not an address of e-mail", s)
	}
	return s
}

// webhook decodes a receiver of Alertmanager's own JSON.
func webhook(m *config.Map) Webhook {
	w := Webhook{URL: WebAddress(m.Optional("url")), URLFile: secretPath(m.Optional("url_file")), TokenFile: secretPath(m.Optional("token_file"))}
	if m.Optional("url").Present() == m.Optional("url_file").Present() {
		m.Reject("want either url or url_file", "url_file where the address itself is the secret")
	}
	return w
}
