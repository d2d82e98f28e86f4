package sipp

import (
	"fmt"
	"path/filepath"
	"strconv"
	"time"
)

// PortsEach is how many ports in a row a SIPp process needs: signalling, remote control, and two media sockets, which lie two apart and
// are opened whether or not there is media.
const PortsEach = 5

// giveUp is how long a caller waits for any answer. It is longer than a proxy's timers, so that it runs out only when the proxy is dead.
const giveUp = 20 * time.Second

// Place is where a SIPp process runs.
type Place struct {
	// Port is the first of PortsEach ports on 127.0.0.1.
	Port int
	// Dir is where scenarios and statistics are written.
	Dir string
}

// args are the flags of any SIPp process.
func (p Place) args(scenario string) []string {
	return []string{
		"-sf", p.scenario(scenario),
		"-i", "127.0.0.1", "-mi", "127.0.0.1", "-ci", "127.0.0.1",
		"-p", strconv.Itoa(p.Port), "-cp", strconv.Itoa(p.Port + 1), "-mp", strconv.Itoa(p.Port + 2),
		"-nostdin",
		"-watchdog_interval", "0", // SIPp would end itself after some pauses of a busy machine
	}
}

// scenario is the path of this process' own copy of a scenario.
func (p Place) scenario(name string) string {
	return filepath.Join(p.Dir, fmt.Sprintf("%s-%d.xml", name, p.Port))
}

// Answerer is a phone or gateway.
type Answerer struct {
	Place
	// Code is the final status it gives: 200 answers calls, 0 rings until the caller gives up, 300 to 699 refuses.
	Code int
	// Reason is the reason phrase of a refusal.
	Reason string
}

func (a Answerer) kind() string {
	switch a.Code {
	case 200:
		return "answer"
	case 0:
		return "ring"
	}
	return "refuse"
}

// Write writes the scenario, without which Args is of no use.
func (a Answerer) Write() error { return writeScenario(a.scenario(a.kind()), a.kind(), a) }

// Args is the command line.
func (a Answerer) Args() []string { return a.args(a.kind()) }

// Caller makes calls to one user through a proxy.
type Caller struct {
	Place
	// Name is the base name of its statistics file.
	Name string
	// Proxy is the proxy's address, host:port.
	Proxy string
	// User is the user part of the called address.
	User string
	// Rate is in calls per second, at least 0.001.
	Rate float64
	// Calls is how many calls it makes before it ends; 0 means no end.
	Calls int
	// Hold is how long an answered call lasts, or how long a caller who gives up lets it ring.
	Hold time.Duration
	// GivesUp is true for a caller who hangs up while it rings.
	GivesUp bool
	// Audio is a file of raw µ-law (ITU-T G.711) that an answered call plays over and over; empty is no audio. All calls of a caller send
	// from its media port, as SIPp 3.6.1 does.
	Audio string
}

func (c Caller) kind() string {
	if c.GivesUp {
		return "cancel"
	}
	return "call"
}

// Write writes the scenario, without which Args is of no use.
func (c Caller) Write() error { return writeScenario(c.scenario(c.kind()), c.kind(), c) }

// Args is the command line.
func (c Caller) Args() []string {
	args := append([]string{c.Proxy}, c.args(c.kind())...)
	args = append(args,
		"-s", c.User,
		"-r", "1", "-rp", strconv.Itoa(int(1000/c.Rate)), // SIPp takes whole calls per so many milliseconds
		"-d", strconv.FormatInt(c.Hold.Milliseconds(), 10),
		"-pause_msg_ign", // of an answered call: a 180 that came late
		"-l", "10000",    // never throttled by calls that hang
		"-recv_timeout", strconv.FormatInt(giveUp.Milliseconds(), 10),
		"-trace_stat", "-stf", c.StatFile(), "-fd", "1",
	)
	if c.Calls > 0 {
		args = append(args, "-m", strconv.Itoa(c.Calls))
	}
	return args
}

// StatFile is the path of the statistics which the caller writes once a second and when it ends.
func (c Caller) StatFile() string { return filepath.Join(c.Dir, c.Name+".csv") }
