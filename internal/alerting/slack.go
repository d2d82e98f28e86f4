package alerting

import "github.com/voipbin/observability/internal/spec"

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

// slackOf sends to the file's address, or to another when that is not empty.
func slackOf(r spec.Receiver, resolved bool, address string) Slack {
	s := Slack{
		APIURLFile: r.SlackURLFile, Channel: r.Channel, SendResolved: resolved,
		Color: colorTemplate, Title: titleTemplate, TitleLink: linkTemplate, Fallback: titleTemplate, Text: textTemplate,
	}
	if address != "" {
		s.APIURL, s.APIURLFile = address, ""
	}
	return s
}
