package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/secretfile"
)

// clientTimeout bounds a request to a tracker; a hook that it runs may take as long as its own limit.
const (
	clientTimeout = 30 * time.Second
	hookTimeout   = time.Hour
	maxAnswer     = 8 << 20
)

// client talks to trackers that run: what is said to several is taken down by each of them, so that the death of one loses no drill.
type client struct {
	urls       []string
	tokenFile  string
	httpConfig string
}

// flags say how trackers are reached; which of several addresses is for what is said by the command.
func (cl *client) flags(c *kingpin.CmdClause, address string) {
	c.Flag("url", address).Default("http://127.0.0.1:9745").StringsVar(&cl.urls)
	c.Flag("token-file", "File with your own token.").StringVar(&cl.tokenFile)
	c.Flag("http-config", "File with TLS and client certificates, in the form of promtool's --http.config.file.").StringVar(&cl.httpConfig)
}

// transport is how trackers are reached.
func (cl *client) transport() (http.RoundTripper, error) {
	if cl.httpConfig == "" {
		return http.DefaultTransport, nil
	}
	return promapi.Transport(cl.httpConfig)
}

// drillCommands are what people do in a drill, from a terminal.
func drillCommands(app *kingpin.Application) []command {
	d := app.Command("drill", "Run a drill on a tracker that runs, or on several.")
	cl := &client{}
	cl.flags(d, "Address of a tracker; give several to have each take it down.")
	commands := []command{cl.start(d), cl.status(d), cl.step(d), cl.runHook(d), cl.join(d), cl.finding(d)}
	for _, e := range []struct {
		name, help string
		kind       rto.EventKind
	}{
		{"inject", "The failure was made: the clock begins.", rto.EventInjected},
		{"declare", "This is a disaster; somebody decided it.", rto.EventDeclared},
		{"fence", "The old source provably takes no writes any more.", rto.EventFenced},
		{"note", "Take something down.", rto.EventNote},
		{"deviation", "Something was done otherwise than the plan says.", rto.EventDeviation},
		{"approve", "Somebody approved it.", rto.EventApproved},
		{"end", "The drill is over.", rto.EventEnded},
		{"abort", "The drill is called off.", rto.EventAborted},
		{"failback", "The way back begins.", rto.EventFailback},
		{"failed-back", "The old region serves again.", rto.EventFailedBack},
	} {
		commands = append(commands, cl.event(d, e.name, e.help, e.kind))
	}
	return commands
}

// drillFlag and atFlag are what most commands have.
func drillFlag(c *kingpin.CmdClause, into *string) {
	c.Flag("drill", "Id of the drill; the one that runs without it.").StringVar(into)
}

func atFlag(c *kingpin.CmdClause, into *string) {
	c.Flag("at", "When it happened, RFC 3339; now without it.").StringVar(into)
}

// event is a command that takes an event down.
func (cl *client) event(d *kingpin.CmdClause, name, help string, kind rto.EventKind) command {
	var drill, text, at string
	c := d.Command(name, help)
	c.Arg("text", "In words.").StringVar(&text)
	drillFlag(c, &drill)
	atFlag(c, &at)
	return command{c, func(ctx context.Context, w world) error {
		return cl.note(ctx, w, drill, map[string]any{"kind": kind, "text": text}, at)
	}}
}

func (cl *client) step(d *kingpin.CmdClause) command {
	var drill, step, edge, at string
	c := d.Command("mark", "A step of the plan began or is done.")
	c.Arg("step", "Id of the step.").Required().StringVar(&step)
	c.Arg("edge", "begun or done.").Required().EnumVar(&edge, "begun", "done")
	drillFlag(c, &drill)
	atFlag(c, &at)
	return command{c, func(ctx context.Context, w world) error {
		kind := rto.EventStepDone
		if edge == "begun" {
			kind = rto.EventStepBegun
		}
		return cl.note(ctx, w, drill, map[string]any{"kind": kind, "step": step}, at)
	}}
}

func (cl *client) join(d *kingpin.CmdClause) command {
	var drill, name, role string
	c := d.Command("join", "Somebody takes part.")
	c.Arg("name", "Who.").Required().StringVar(&name)
	c.Arg("role", "As what.").Required().StringVar(&role)
	drillFlag(c, &drill)
	return command{c, func(ctx context.Context, w world) error {
		return cl.note(ctx, w, drill, map[string]any{"kind": rto.EventJoined, "joined": rto.Person{Name: name, Role: role}}, "")
	}}
}

func (cl *client) finding(d *kingpin.CmdClause) command {
	var drill, due string
	var f rto.Finding
	c := d.Command("finding", "Something is to be mended.")
	c.Arg("id", "A short name.").Required().StringVar(&f.ID)
	c.Arg("title", "What.").Required().StringVar(&f.Title)
	c.Flag("owner", "Who mends it.").Required().StringVar(&f.Owner)
	c.Flag("due", "Until when, RFC 3339.").Required().StringVar(&due)
	c.Flag("measure", "What must improve for it to close: a phase, a verdict, a trap.").Required().StringVar(&f.Measure)
	drillFlag(c, &drill)
	return command{c, func(ctx context.Context, w world) error {
		t, err := time.Parse(time.RFC3339, due)
		if err != nil {
			return fmt.Errorf("due %q is no time: write it as 2026-12-31T00:00:00Z", due)
		}
		f.Due = rto.InstantOf(t)
		return cl.note(ctx, w, drill, map[string]any{"kind": rto.EventFinding, "finding": f}, "")
	}}
}

func (cl *client) start(d *kingpin.CmdClause) command {
	var body struct {
		ID       string      `json:"id,omitempty"`
		Kind     string      `json:"kind"`
		Scenario string      `json:"scenario"`
		Scope    string      `json:"scope,omitempty"`
		Excluded []string    `json:"excluded,omitempty"`
		Realism  rto.Realism `json:"realism"`
	}
	var announced, traffic, scaled, without bool
	c := d.Command("start", "Begin a drill.")
	c.Arg("scenario", "Scenario of the spec.").Required().StringVar(&body.Scenario)
	c.Flag("kind", "tabletop, partial, full or real.").Required().EnumVar(&body.Kind, "tabletop", "partial", "full", "real")
	c.Flag("scope", "What takes part.").StringVar(&body.Scope)
	c.Flag("exclude", "What does not; may be given several times.").StringsVar(&body.Excluded)
	c.Flag("announced", "People know of it.").BoolVar(&announced)
	c.Flag("real-traffic", "It carries real traffic.").BoolVar(&traffic)
	c.Flag("pre-scaled", "The standby region was scaled beforehand.").BoolVar(&scaled)
	c.Flag("key-people-excluded", "Key people are left out.").BoolVar(&without)
	return command{c, func(ctx context.Context, w world) error {
		body.Realism = rto.Realism{Announced: &announced, RealTraffic: &traffic, PreScaled: &scaled, KeyPeopleExcluded: &without}
		err := cl.each(w, func(url string) error {
			var answer struct{ ID string }
			err := cl.do(ctx, http.MethodPost, url+"/api/v1/drills", body, &answer, clientTimeout)
			if err == nil {
				body.ID = answer.ID // the others take it under the name that the first gave it
			}
			return err
		})
		if err == nil {
			fmt.Fprintln(w.stdout, body.ID)
		}
		return err
	}}
}

func (cl *client) runHook(d *kingpin.CmdClause) command {
	var drill, step string
	c := d.Command("run", "Run the command that the configuration has for a step.")
	c.Arg("step", "Id of the step.").Required().StringVar(&step)
	drillFlag(c, &drill)
	return command{c, func(ctx context.Context, w world) error {
		id, err := cl.running(ctx, drill)
		if err != nil {
			return err
		}
		run, by, err := cl.runOnce(ctx, w, id, step)
		if err != nil {
			return err
		}
		cl.tellOthers(ctx, w, by, id, step, run)
		fmt.Fprint(w.stdout, run.Output)
		if run.Exit != 0 || run.TimedOut {
			return fmt.Errorf("step %s: the command ended with %d after %.1f s", step, run.Exit, run.Took.Seconds())
		}
		return nil
	}}
}

func (cl *client) status(d *kingpin.CmdClause) command {
	c := d.Command("status", "What the clock of the drill shows, and what comes next.")
	return command{c, func(ctx context.Context, w world) error {
		var s struct {
			Running *struct {
				ID        string
				Remaining *time.Duration `json:"remaining_ns"`
				Next      []rto.Step
			}
		}
		if err := cl.first(func(url string) error {
			return cl.do(ctx, http.MethodGet, url+"/api/v1/status", nil, &s, clientTimeout)
		}); err != nil {
			return err
		}
		if s.Running == nil {
			fmt.Fprintln(w.stdout, "no drill runs")
			return nil
		}
		left := "the failure is not seen yet"
		if s.Running.Remaining != nil {
			left = s.Running.Remaining.Round(time.Second).String() + " left"
		}
		fmt.Fprintf(w.stdout, "%s: %s\n", s.Running.ID, left)
		for _, step := range s.Running.Next {
			fmt.Fprintf(w.stdout, "next: %s (%s, %s)\n", step.ID, step.Owner, step.Title)
		}
		return nil
	}}
}

// note sends an event and prints when it counts from.
func (cl *client) note(ctx context.Context, w world, drill string, body map[string]any, at string) error {
	id, err := cl.running(ctx, drill)
	if err != nil {
		return err
	}
	if at != "" {
		body["at"] = at
	}
	e, err := cl.take(ctx, w, id, body)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.stdout, "%s: %s at %s\n", e.Drill, e.Kind, e.At.Hi)
	return nil
}

// running is the drill that is meant: the one named, or the one that runs.
func (cl *client) running(ctx context.Context, drill string) (string, error) {
	if drill != "" {
		return drill, nil
	}
	var s struct{ Running *struct{ ID string } }
	err := cl.first(func(url string) error {
		err := cl.do(ctx, http.MethodGet, url+"/api/v1/status", nil, &s, clientTimeout)
		if err == nil && s.Running == nil {
			err = errNoneRuns
		}
		return err
	})
	if err != nil && !errors.Is(err, errNoneRuns) {
		return "", err
	}
	if s.Running == nil {
		return "", errors.New("no drill runs: start one, or name one with --drill")
	}
	return s.Running.ID, nil
}

// do sends a request and decodes the answer. An answer that refuses becomes an error with the tracker's own words.
func (cl *client) do(ctx context.Context, method, address string, body, into any, limit time.Duration) error {
	text, err := cl.answer(ctx, method, address, body, limit)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// answer sends a request and returns the answer as it is.
func (cl *client) answer(ctx context.Context, method, address string, body any, limit time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, address, &content)
	if err != nil {
		return nil, fmt.Errorf("address of the tracker: %w", err)
	}
	if cl.tokenFile != "" {
		token, err := secretfile.Read(cl.tokenFile, "token file")
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	transport, err := cl.transport()
	if err != nil {
		return nil, err
	}
	answer, err := (&http.Client{Transport: transport, Timeout: limit}).Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the tracker: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("ask the tracker: %w", err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		var p struct{ Error, Hint string }
		if json.Unmarshal(text, &p) != nil || p.Error == "" {
			return nil, fmt.Errorf("the tracker answered %s", answer.Status)
		}
		if p.Hint != "" {
			return nil, fmt.Errorf("%s: %s", p.Error, p.Hint)
		}
		return nil, errors.New(p.Error)
	}
	return text, nil
}
