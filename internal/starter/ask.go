package starter

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
)

// ErrNoAnswers is returned when the input ends before the questions do.
var ErrNoAnswers = errors.New("the answers ended before the questions")

// question is one question, with what it proposes and what becomes of an answer. Take refuses what cannot be used, and says why.
type question struct {
	text, proposed string
	take           func(answer string) error
}

// Ask asks for everything that a proposal says, line by line: an empty line takes what is proposed, and what cannot be used is
// asked again. Prompts go to out.
func Ask(p *Proposal, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for _, q := range p.questions() {
		for {
			if _, err := fmt.Fprintf(out, "%s [%s]: ", q.text, q.proposed); err != nil {
				return err
			}
			if !lines.Scan() {
				return errors.Join(lines.Err(), ErrNoAnswers)
			}
			answer := strings.TrimSpace(lines.Text())
			if answer == "" {
				answer = q.proposed
			}
			err := q.take(answer)
			if err == nil {
				break
			}
			if _, err := fmt.Fprintf(out, "  %v\n", err); err != nil {
				return err
			}
		}
	}
	return nil
}

// questions are all questions, in their order.
func (p *Proposal) questions() []question {
	label := `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`
	return []question{
		{"Name of the platform", p.Name, matched(&p.Name, label, "lower-case letters, digits and hyphens")},
		{"Who owns it", p.Owner, matched(&p.Owner, label, "lower-case letters, digits and hyphens")},
		{"Region", p.Region, matched(&p.Region, label, "lower-case letters, digits and hyphens")},
		{"Prefix of the runbooks' addresses", p.RunbookURL, p.takeRunbooks},
		{"Version of Prometheus", p.Version, matched(&p.Version, `\d+\.\d+(\.\d+)?`, "major and minor number, such as 3.16")},
		{"How often it scrapes", p.ScrapeInterval, p.takeInterval},
		{"How long it keeps data", config.FormatDuration(p.Retention), p.takeRetention},
		{"Its disk", p.Storage, matched(&p.Storage, `\d+(GB|TB|GiB|TiB)`, "a size such as 100GB")},
		{"Alertmanagers, separated by commas", strings.Join(p.Alertmanagers, ", "), p.takeAlertmanagers},
		{"Kamailio nodes, separated by commas", p.SIPProxies.names(), p.SIPProxies.take(false)},
		{"Calls that one of them is sized for", strconv.Itoa(p.SIPProxies.PerNode), whole(&p.SIPProxies.PerNode, 1)},
		{"RTPEngine nodes, or none", orNone(p.MediaProxies.names()), p.MediaProxies.take(true)},
		{"Streams that one of them is sized for", strconv.Itoa(p.MediaProxies.PerNode), whole(&p.MediaProxies.PerNode, 1)},
		{"Asterisk nodes, or none", orNone(p.MediaServers.names()), p.MediaServers.take(true)},
		{"Calls that one of them is sized for", strconv.Itoa(p.MediaServers.PerNode), whole(&p.MediaServers.PerNode, 1)},
		{"Per cent of calls that shall be set up", p.Objective, p.takeObjective},
		{"Call attempts in the busiest hour", strconv.Itoa(p.PeakPerHour), whole(&p.PeakPerHour, 1)},
		{"Call attempts in the quietest hour", strconv.Itoa(p.TroughPerHour), p.takeTrough},
		{"File with the webhook's address for pages", p.PageURLFile, matched(&p.PageURLFile, `[^:\s]+`, "the path of a file, not the address: that is a secret")},
		{"File with the webhook's address for tickets", p.TicketURLFile, matched(&p.TicketURLFile, `[^:\s]+`, "the path of a file, not the address: that is a secret")},
	}
}

func matched(into *string, form, wanted string) func(string) error {
	return func(answer string) error {
		if !regexp.MustCompile(`^(?:` + form + `)$`).MatchString(answer) {
			return fmt.Errorf("%q: want %s", answer, wanted)
		}
		*into = answer
		return nil
	}
}

func whole(into *int, low int) func(string) error {
	const most = 1_000_000
	return func(answer string) error {
		n, err := strconv.Atoi(answer)
		if err != nil || n < low || n > most {
			return fmt.Errorf("%q: want a whole number from %d to %d", answer, low, most)
		}
		*into = n
		return nil
	}
}

func orNone(names string) string {
	if names == "" {
		return "none"
	}
	return names
}

// take reads the names of a tier's nodes.
func (t *Tier) take(none bool) func(string) error {
	name := regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	return func(answer string) error {
		if none && answer == "none" {
			t.Nodes = nil
			return nil
		}
		known := make(map[string]Node)
		for _, n := range t.Nodes {
			known[n.Name] = n
		}
		var nodes []Node
		for part := range strings.SplitSeq(answer, ",") {
			part = strings.TrimSpace(part)
			if !name.MatchString(part) {
				return fmt.Errorf("%q: want names of lower-case letters, digits and hyphens", part)
			}
			nodes = append(nodes, Node{Name: part, Address: known[part].Address})
		}
		if len(nodes) < fewestNodes {
			return errors.New("want two at least: a tier must survive the loss of one")
		}
		t.Nodes = nodes
		return nil
	}
}

// fewestNodes is how many nodes a tier has at least: it must survive the loss of one.
const fewestNodes = 2

func (p *Proposal) takeRunbooks(answer string) error {
	u, err := url.Parse(answer)
	if err != nil || u.Host == "" || !strings.HasSuffix(answer, "/") {
		return fmt.Errorf("%q: want an address that ends with a slash", answer)
	}
	p.RunbookURL = answer
	return nil
}

func (p *Proposal) takeInterval(answer string) error {
	const least, most = time.Second, 2 * time.Minute
	if d, err := config.ParseDuration(answer); err != nil || d < least || d > most {
		return fmt.Errorf("%q: want a duration from 1s to 2m", answer)
	}
	p.ScrapeInterval = answer
	return nil
}

func (p *Proposal) takeRetention(answer string) error {
	d, err := config.ParseDuration(answer)
	if err != nil || d < fewestDays*24*time.Hour {
		return fmt.Errorf("%q: want a duration of %dd at least", answer, fewestDays)
	}
	p.Retention = d
	return nil
}

// fewestDays is the shortest retention for which an objective is worth its name.
const fewestDays = 7

func (p *Proposal) takeAlertmanagers(answer string) error {
	var all []string
	for part := range strings.SplitSeq(answer, ",") {
		part = strings.TrimSpace(part)
		host, port, err := net.SplitHostPort(part)
		if err != nil || host == "" || port == "" {
			return fmt.Errorf("%q: want host:port", part)
		}
		all = append(all, part)
	}
	p.Alertmanagers = all
	return nil
}

func (p *Proposal) takeObjective(answer string) error {
	percent := strings.TrimSuffix(answer, "%")
	f, err := strconv.ParseFloat(percent, 64)
	if err != nil || f <= 1 || f >= 100 {
		return fmt.Errorf("%q: want per cent below 100, such as 99.9", answer)
	}
	p.Objective = percent
	return nil
}

func (p *Proposal) takeTrough(answer string) error {
	n := 0
	if err := whole(&n, 0)(answer); err != nil {
		return err
	}
	if n > p.PeakPerHour {
		return fmt.Errorf("%d is more than in the busiest hour", n)
	}
	p.TroughPerHour = n
	return nil
}
