package lint

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// maxUID is Grafana's limit on the length of a uid.
const maxUID = 40

// oldestSchema is the schemaVersion of Grafana 10.4; older ones are migrated by code that is going away.
const oldestSchema = 39

// moment is a time reckoned from now, as Grafana writes it.
var moment = regexp.MustCompile(`^now([-+]\d+[smhdwMQy])?(/[smhdwMQy])?$`)

var uidPattern = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func boardRules() []Rule {
	return []Rule{
		{
			Name:        "board-uid",
			Description: "The uid has our prefix, only letters, digits, hyphens and underscores, and at most 40 of them: a push must never meet somebody else's board.",
			board:       boardUID,
		},
		{
			Name:        "board-uid-unique",
			Description: "No two boards have one uid: the second would replace the first.",
			board:       boardUIDUnique,
		},
		{
			Name:        "board-words",
			Description: "The board has a title, a description and our tag: readers find it by them.",
			board:       boardWords,
		},
		{
			Name:        "board-locked",
			Description: "The board is not editable: the next generation would undo an edit.",
			board: func(r *report, b *board) {
				if b.Editable == nil || *b.Editable {
					r.say("want editable false")
				}
			},
		},
		{
			Name:        "board-time",
			Description: "The board says which time it shows first, reckoned from now: a fixed one is soon over.",
			board: func(r *report, b *board) {
				if !moment.MatchString(b.Time.From) || !moment.MatchString(b.Time.To) || b.Time.From == b.Time.To {
					r.say("want a time range such as now-6h to now, got from %q to %q", b.Time.From, b.Time.To)
				}
			},
		},
		{
			Name:        "board-refresh",
			Description: "The board does not refresh faster than data comes, neither at first nor by choice: it would cost queries and show nothing new.",
			board:       boardRefresh,
		},
		{
			Name:        "board-schema",
			Description: "schemaVersion is that of Grafana 10.4 or newer: for older ones Grafana rewrites panels on loading.",
			board: func(r *report, b *board) {
				if b.SchemaVersion < oldestSchema {
					r.say("schemaVersion %d is older than %d", b.SchemaVersion, oldestSchema)
				}
			},
		},
	}
}

func boardUID(r *report, b *board) {
	switch {
	case !uidPattern.MatchString(b.UID):
		r.say("uid %q: want letters, digits, - and _", b.UID)
	case len(b.UID) > maxUID:
		r.say("uid %q has %d characters, at most %d are allowed", b.UID, len(b.UID), maxUID)
	case !strings.HasPrefix(b.UID, r.UIDPrefix):
		r.say("uid %q does not begin with %q", b.UID, r.UIDPrefix)
	}
}

func boardUIDUnique(r *report, b *board) {
	for _, other := range r.boards {
		if other == b {
			return
		}
		if other.UID == b.UID {
			r.say("uid %q is also that of %s", b.UID, other.path)
		}
	}
}

func boardWords(r *report, b *board) {
	if strings.TrimSpace(b.Title) == "" {
		r.say("no title")
	}
	if strings.TrimSpace(b.Description) == "" {
		r.say("no description")
	}
	if !slices.Contains(b.Tags, r.Tag) {
		r.say("tag %q is missing", r.Tag)
	}
}

func boardRefresh(r *report, b *board) {
	refresh, isText := b.Refresh.(string)
	if b.Refresh != nil && !isText {
		r.say("refresh is %v, want a text such as 30s", b.Refresh)
	}
	for _, every := range append([]string{refresh}, b.Timepicker.RefreshIntervals...) {
		if every == "" {
			continue
		}
		d, err := grafanaDuration(every)
		switch {
		case err != nil:
			r.say("refresh %q is not a duration", every)
		case d < r.ScrapeInterval:
			r.say("refresh %s is faster than the scrape interval of %s", every, r.ScrapeInterval)
		}
	}
}

// grafanaDuration reads a duration in Grafana's form: as Go's, and days.
func grafanaDuration(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		d, err := time.ParseDuration(days + "h")
		return 24 * d, err
	}
	return time.ParseDuration(text)
}
