package spec

import (
	"time"

	"github.com/voipbin/observability/internal/diag"
)

// Routes says which receiver gets which severity, and how alerts are grouped.
type Routes struct {
	Page           string // receiver's name
	Ticket         string // receiver's name
	GroupWait      time.Duration
	GroupInterval  time.Duration
	PageRepeat     time.Duration
	TicketRepeat   time.Duration
	ResolveTimeout time.Duration
	Teams          []Team
	// Copies are receivers that get every page besides whoever is woken, at the same moment.
	Copies []string
	// Watchdog is the receiver of the dead man's switch, which must be told every WatchdogRepeat that alerts arrive; "" for none.
	Watchdog       string
	WatchdogRepeat time.Duration
	Pos            diag.Position
}

// Team is who gets alerts about what is theirs: objectives by the owner in slos.yaml, other alerts by the begin of their names.
type Team struct {
	Name   string
	Owners []string
	Alerts []string // begins of alert names, such as Kamailio
	Page   string   // receiver's name
	Ticket string   // receiver's name
	Pos    diag.Position
}

// Mute keeps alerts quiet at announced times. They stay visible, and whoever still has one when the time is over is told.
type Mute struct {
	Name   string
	Labels []Label // that an alert must all have; none mutes every alert but the dead man's switch
	Times  []MuteTime
	Pos    diag.Position
}

// Label is a label with its value.
type Label struct{ Name, Value string }

// MuteTime is a stretch of a day, on some days.
type MuteTime struct {
	Date     time.Time // the one day, at midnight UTC; zero for Weekdays
	Weekdays []string  // monday to sunday; none with a Date, else every day
	From, To string    // HH:MM; the whole day where both are empty
	Location string    // of the times, as the IANA names it; "" is UTC
}
