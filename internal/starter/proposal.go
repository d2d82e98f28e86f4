// Package starter makes a first description of a platform: from what a person answers, or from what a Prometheus server sees.
// It knows the form of a spec's files and not whether they are good, and it writes no file: whoever calls it reads the files back
// and judges them before they are anywhere.
package starter

import (
	"fmt"
	"strings"
	"time"
)

// Node is one machine: its name, which is the instance label of its series, and where its exporter listens; an empty address
// is its name.
type Node struct{ Name, Address string }

// Tier is machines of one kind and what one of them is sized for: calls, or streams. A tier without nodes is left out.
type Tier struct {
	Nodes   []Node
	PerNode int
}

// Proposal is all that the first files say.
type Proposal struct {
	Name, RunbookURL, Region, Owner string
	Version                         string // of Prometheus, as 3.16
	ScrapeInterval                  string
	Retention                       time.Duration
	Storage                         string
	Alertmanagers                   []string
	SIPProxies                      Tier
	MediaProxies                    Tier
	MediaServers                    Tier
	Objective                       string // of call set-up, in per cent
	// PeakPerHour and TroughPerHour are call attempts in the busiest and in the quietest hour.
	PeakPerHour, TroughPerHour int
	// Measured says over which time the traffic was counted; 0 means that it was not.
	Measured      time.Duration
	PageURLFile   string // of the file that holds a webhook's address
	TicketURLFile string
}

// Default is what is proposed where nothing is known.
func Default() Proposal {
	node := func(names ...string) []Node {
		nodes := make([]Node, len(names))
		for i, n := range names {
			nodes[i].Name = n
		}
		return nodes
	}
	return Proposal{
		Name: "voip", RunbookURL: "https://github.com/voipbin/observability/blob/main/docs/runbooks/", Region: "main", Owner: "voip",
		Version: "3.16", ScrapeInterval: "15s", Retention: 30 * 24 * time.Hour, Storage: "100GB", Alertmanagers: []string{"localhost:9093"},
		SIPProxies:   Tier{Nodes: node("kamailio-1", "kamailio-2"), PerNode: 5000},
		MediaProxies: Tier{PerNode: 2000}, MediaServers: Tier{PerNode: 500},
		Objective: "99.9", PeakPerHour: 40000, TroughPerHour: 4000,
		PageURLFile: "/etc/alertmanager/page.url", TicketURLFile: "/etc/alertmanager/ticket.url",
	}
}

// period is the longest usual period that the server's data allows.
func (p Proposal) period() string {
	const usual, day = 30, 24 * time.Hour
	return fmt.Sprintf("%dd", min(usual, int(p.Retention/day)))
}

// names lists the names of nodes as they are written on a command line.
func (t Tier) names() string {
	names := make([]string, len(t.Nodes))
	for i, n := range t.Nodes {
		names[i] = n.Name
	}
	return strings.Join(names, ", ")
}
