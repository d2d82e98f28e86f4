package spec

import (
	"time"

	"github.com/voipbin/observability/internal/diag"
)

// Alerts is spec/alerts.yaml: thresholds, and who is told.
type Alerts struct {
	Kamailio  KamailioThresholds
	RTPEngine RTPEngineThresholds
	Asterisk  AsteriskThresholds
	SIP       SIPThresholds
	Receivers []Receiver
	Routes    Routes
	Pos       diag.Position
}

// Receiver is one place to which Alertmanager sends.
type Receiver struct {
	Name string
	// SlackURLFile is a file that holds the address of a Slack-format webhook (Discord takes it under /slack).
	SlackURLFile string
	Channel      string
	Pos          diag.Position
}

// Routes says which receiver gets which severity, and how alerts are grouped.
type Routes struct {
	Page           string // receiver's name
	Ticket         string // receiver's name
	GroupWait      time.Duration
	GroupInterval  time.Duration
	PageRepeat     time.Duration
	TicketRepeat   time.Duration
	ResolveTimeout time.Duration
	Pos            diag.Position
}
