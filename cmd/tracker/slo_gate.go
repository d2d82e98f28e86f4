package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/budget"
)

// allowed is what a gate lets pass.
type allowed struct {
	consumed float64 // share of the budget from which nothing is
	unknown  bool
}

// verdict is what a gate says of one objective.
type verdict struct {
	Objective string `json:"objective"`
	Open      bool   `json:"open"`
	// Reason is what speaks against a deployment, also where it was let pass; empty where nothing does.
	Reason    string `json:"reason,omitempty"`
	overspent bool
}

// verdicts are those of all chosen objectives: the gate is open where each of them is.
type verdicts struct {
	Open       bool      `json:"open"`
	Objectives []verdict `json:"objectives"`
}

// gate fails where a budget is spent, or nobody knows: for a deployment, not to know is no permission.
func (cl *client) gate(parent *kingpin.CmdClause) command {
	var c chosen
	var a allowed
	var format string
	clause := parent.Command("gate", "Exit 1 where the policy of a chosen objective freezes releases, or its budget is spent or not known: for use before a deployment.")
	c.flags(clause)
	clause.Flag("consumed", "Share of the budget from which nothing is deployed; 1 is all of it.").Default("1").Float64Var(&a.consumed)
	clause.Flag("allow-unknown", "Let pass what is not known.").BoolVar(&a.unknown)
	clause.Flag("format", "text or json.").Default("text").EnumVar(&format, "text", "json")
	return command{clause, func(ctx context.Context, w world) error {
		s, err := cl.snapshot(ctx)
		if err != nil {
			return err
		}
		list, err := c.of(s)
		if err != nil {
			return err
		}
		all := verdicts{Open: true}
		for i := range list {
			v := a.judge(&list[i])
			all.Open, all.Objectives = all.Open && v.Open, append(all.Objectives, v)
		}
		if format == "json" {
			err = w.json(all)
		} else {
			w.sayGate(all, a)
		}
		if err == nil && !all.Open {
			return errReported
		}
		return err
	}}
}

// judge says whether an objective stands in the way of a deployment, and why.
func (a allowed) judge(o *budget.Objective) verdict {
	v := verdict{Objective: o.Name}
	spent := strings.TrimSuffix(fmt.Sprintf("%s of its budget is consumed: %s", o.Consumed.Percent(), o.Policy), ": ")
	freeze := o.Freeze()
	switch {
	case freeze != "":
		v.Reason = freeze
	case !o.Consumed.Known:
		v.Reason, v.Open = fmt.Sprintf("its budget is not known (%s)", o.State), a.unknown
	case o.Consumed.Value >= a.consumed:
		v.Reason = spent
	case o.Missing != "" && !a.unknown:
		v.Reason = "what happens now is not known: " + o.Missing
	case o.Consumed.Value >= 1:
		v.Reason, v.Open, v.overspent = spent, true, true
	case o.Missing != "":
		v.Reason, v.Open = "what happens now is not known: "+o.Missing, true
	default:
		v.Open = true
	}
	return v
}

// sayGate says who closes the gate; of an open one how many have budget left, and how many were let pass all the same.
func (w world) sayGate(all verdicts, a allowed) {
	left, overspent, unknown := 0, 0, 0
	for _, v := range all.Objectives {
		switch {
		case !v.Open:
			fmt.Fprintf(w.stderr, "%s: %s\n", w.paint(w.stderr, "bad", v.Objective), v.Reason)
		case v.overspent:
			overspent++
		case v.Reason != "":
			unknown++
		default:
			left++
		}
	}
	if !all.Open {
		return
	}
	line := fmt.Sprintf("%s: %d objectives have budget left", w.paint(w.stdout, "good", "open"), left)
	if unknown > 0 {
		line += fmt.Sprintf(", %d not known (--allow-unknown)", unknown)
	}
	if overspent > 0 {
		line += fmt.Sprintf(", %d overspent (--consumed=%g)", overspent, a.consumed)
	}
	fmt.Fprintln(w.stdout, line)
}
