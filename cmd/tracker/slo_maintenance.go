package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/budget/maintenance"
)

// listedWindow is a window as a tracker tells of it.
type listedWindow struct {
	maintenance.Window
	State    maintenance.State `json:"state"`
	Overlaps []string          `json:"overlaps,omitempty"`
}

// maintenanceCommands enter, list and end windows in which events do not count.
func (cl *client) maintenanceCommands(parent *kingpin.CmdClause) []command {
	m := parent.Command("maintenance", "Windows in which nothing that happens to an objective counts.")
	return []command{cl.addWindow(m), cl.listWindows(m), cl.endWindow(m)}
}

func (cl *client) addWindow(parent *kingpin.CmdClause) command {
	var c chosen
	var r maintenance.Request
	var length time.Duration
	clause := parent.Command("add", "Enter a window: once, or by a recurrence rule. Times without an offset are local ones of --zone.")
	c.flags(clause)
	clause.Flag("from", "When the first one begins: 2026-03-01T02:00, or RFC 3339; now without it.").StringVar(&r.From)
	clause.Flag("to", "When the first one ends.").StringVar(&r.To)
	clause.Flag("for", "How long it lasts, in place of --to: 90m.").DurationVar(&length)
	clause.Flag("until-ended", "It lasts until somebody ends it.").BoolVar(&r.UntilEnded)
	clause.Flag("rule", "RRULE of RFC 5545 by which it comes again: FREQ=WEEKLY;BYDAY=SU.").StringVar(&r.Rule)
	clause.Flag("zone", "Time zone in which its times are meant.").Default("UTC").StringVar(&r.Zone)
	clause.Flag("reason", "Why; people will ask in a year.").Required().StringVar(&r.Reason)
	clause.Flag("correction", "It is over: what is recorded stays, and corrected numbers stand beside it.").BoolVar(&r.Correction)
	return command{clause, func(ctx context.Context, w world) error {
		if err := cl.choose(ctx, &c, &r); err != nil {
			return err
		}
		if err := lasting(&r, length, w.now()); err != nil {
			return err
		}
		var first *listedWindow
		err := cl.each(w, func(url string) error {
			var taken listedWindow
			err := cl.do(ctx, http.MethodPost, url+"/api/v1/maintenance", r, &taken, clientTimeout)
			if err == nil && first == nil {
				first = &taken
				r.ID = taken.ID // the others take it under the name that the first gave it
			}
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(w.stdout, "%s: %s\n", first.ID, first.Words())
		if len(first.Overlaps) > 0 {
			fmt.Fprintf(w.stderr, "it overlaps %s: what is out twice is out once\n", strings.Join(first.Overlaps, ", "))
		}
		for _, e := range first.Effects {
			fmt.Fprintf(w.stdout, "%s: %.0f of %.0f events failed in this time\n", e.Objective, e.Errors, e.Events)
		}
		return nil
	}}
}

// choose finds the objectives that are meant. Owners, tiers and services stand for those that may have windows: composites have those of their parts.
func (cl *client) choose(ctx context.Context, c *chosen, r *maintenance.Request) error {
	if len(c.names)+len(c.owners)+len(c.tiers)+len(c.services) == 0 {
		return errors.New("choose objectives with --slo, --owner, --tier or --service")
	}
	s, err := cl.snapshot(ctx)
	if err != nil {
		return err
	}
	found, err := c.of(s)
	if err != nil {
		return err
	}
	for _, o := range found {
		if len(c.names) > 0 || len(o.Parts) == 0 {
			r.Objectives = append(r.Objectives, o.Name)
		}
	}
	return nil
}

// lasting makes an end of a length.
func lasting(r *maintenance.Request, length time.Duration, now time.Time) error {
	if length == 0 {
		return nil
	}
	if r.To != "" || r.UntilEnded {
		return errors.New("--for says when it ends, as --to and --until-ended do: give one of them")
	}
	if r.From == "" {
		r.From = now.UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	from, err := maintenance.Instant(r.From, r.Zone, now)
	if err != nil {
		return err
	}
	r.To = from.Add(length).Format(time.RFC3339)
	return nil
}

func (cl *client) listWindows(parent *kingpin.CmdClause) command {
	var format string
	var all bool
	clause := parent.Command("list", "Windows under way and to come, and corrections.")
	clause.Flag("all", "Those that are over, too.").BoolVar(&all)
	clause.Flag("format", "text or json.").Default("text").EnumVar(&format, "text", "json")
	return command{clause, func(ctx context.Context, w world) error {
		var list []listedWindow
		err := cl.first(func(url string) error {
			return cl.do(ctx, http.MethodGet, url+"/api/v1/maintenance", nil, &list, clientTimeout)
		})
		if err != nil {
			return err
		}
		shown := []listedWindow{}
		for _, l := range list {
			if all || l.State != maintenance.Over && l.State != maintenance.Withdrawn {
				shown = append(shown, l)
			}
		}
		if format == "json" {
			e := json.NewEncoder(w.stdout)
			e.SetIndent("", "  ")
			return e.Encode(shown)
		}
		t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "WINDOW\tSTATE\tWHEN\tOBJECTIVES\tBY\tWHY")
		for _, l := range shown {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.State, l.Words(), few(l.Objectives), l.Author, l.Reason)
		}
		return t.Flush()
	}}
}

// few are names for a table.
func few(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}

func (cl *client) endWindow(parent *kingpin.CmdClause) command {
	var id, reason string
	clause := parent.Command("end", "End a window now, or withdraw a correction.")
	clause.Arg("id", "Id of the window.").Required().StringVar(&id)
	clause.Flag("reason", "Why.").StringVar(&reason)
	return command{clause, func(ctx context.Context, w world) error {
		var ended listedWindow
		err := cl.each(w, func(u string) error {
			return cl.do(ctx, http.MethodPost, u+"/api/v1/maintenance/"+url.PathEscape(id)+"/end", map[string]string{"reason": reason}, &ended, clientTimeout)
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(w.stdout, "%s: %s\n", ended.ID, ended.State)
		return nil
	}}
}
