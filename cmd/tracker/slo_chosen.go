package main

import (
	"fmt"
	"slices"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/web"
)

// chosen are the objectives that a command is about; all where nothing is chosen.
type chosen struct {
	names, owners, tiers, services []string
}

func (c *chosen) flags(clause *kingpin.CmdClause) {
	clause.Flag("slo", "Name of an objective, or the common one of a grouping; may be given several times.").StringsVar(&c.names)
	clause.Flag("owner", "Objectives of an owner; may be given several times.").StringsVar(&c.owners)
	clause.Flag("tier", "Objectives of a tier of the platform; may be given several times.").StringsVar(&c.tiers)
	clause.Flag("service", "Objectives that a release of a service can hurt: those of its tier, of a group that is the service or its job, and journeys through them; may be given several times.").StringsVar(&c.services)
}

// find returns what is chosen of budgets and of recovery; an error where a value chooses nothing, so that a misspelt gate does not stand open.
func (c *chosen) find(s web.Objectives) (web.Objectives, error) {
	for _, name := range c.names {
		if found := (&chosen{names: []string{name}}).pick(s); len(found.Objectives)+len(found.Recovery) == 0 {
			return found, fmt.Errorf("there is no objective %q: \"tracker slo list\" has their names", name)
		}
	}
	found := c.pick(s)
	return found, c.each(s, func(o web.Objectives) bool { return len(o.Objectives)+len(o.Recovery) > 0 }, "no objective")
}

// of returns the chosen objectives that have an error budget.
func (c *chosen) of(s web.Objectives) ([]budget.Objective, error) {
	found, err := c.find(s)
	if err != nil {
		return nil, err
	}
	for _, p := range found.Recovery {
		if slices.Contains(c.names, p.Name) {
			return nil, fmt.Errorf("%q has no error budget: choose another", p.Name)
		}
	}
	return found.Objectives, c.each(s, func(o web.Objectives) bool { return len(o.Objectives) > 0 }, "no objective that has an error budget")
}

// each fails where one value chooses nothing, together with the other flags: a misspelt one among several would leave out what was meant by it.
func (c *chosen) each(s web.Objectives, some func(web.Objectives) bool, none string) error {
	for _, f := range []struct {
		flag string
		of   func(*chosen) *[]string
	}{
		{"slo", func(c *chosen) *[]string { return &c.names }}, {"owner", func(c *chosen) *[]string { return &c.owners }},
		{"tier", func(c *chosen) *[]string { return &c.tiers }}, {"service", func(c *chosen) *[]string { return &c.services }},
	} {
		for _, value := range *f.of(c) {
			alone := *c
			*f.of(&alone) = []string{value}
			if !some(alone.pick(s)) {
				return fmt.Errorf("%s is chosen by --%s=%s as it stands here: \"tracker slo list\" has names, owners and tiers", none, f.flag, value)
			}
		}
	}
	if !some(c.pick(s)) {
		return fmt.Errorf("%s is chosen by this: the tracker follows none", none)
	}
	return nil
}

// pick is what fits.
func (c *chosen) pick(s web.Objectives) web.Objectives {
	found := s
	found.Objectives, found.Recovery = nil, nil
	for _, o := range s.Objectives {
		if (len(c.names) == 0 || slices.ContainsFunc(c.names, o.Called)) && fits(c.owners, o.Owner) && fits(c.tiers, o.Promise.Tier) && c.serves(s.Snapshot, o) {
			found.Objectives = append(found.Objectives, o)
		}
	}
	for _, p := range s.Recovery {
		if fits(c.names, p.Name) && fits(c.owners, p.Owner) && fits(c.tiers, p.Tier) && len(c.services) == 0 {
			found.Recovery = append(found.Recovery, p)
		}
	}
	return found
}

// serves tells whether an objective is one of the chosen services, or made of one of theirs.
func (c *chosen) serves(s budget.Snapshot, o budget.Objective) bool {
	return len(c.services) == 0 || slices.ContainsFunc(c.services, o.Serves) || slices.ContainsFunc(s.Objectives, func(p budget.Objective) bool {
		return slices.Contains(o.Parts, p.Name) && slices.ContainsFunc(c.services, p.Serves)
	})
}

func fits(wanted []string, have string) bool {
	return len(wanted) == 0 || slices.Contains(wanted, have)
}
