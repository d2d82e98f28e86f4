package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/steps"
)

// upFlags are the flags of up, and in part of setup.
type upFlags struct {
	lab.Options
	check, keep bool
	noMedia     bool
	noRecovery  bool
	scale       int
	whole       int
	record      string
	duration    time.Duration
	quiet       bool
}

// shared declares the flags that up and setup have in common.
func (u *upFlags) shared(flags *flag.FlagSet) {
	flags.StringVar(&u.Dir, "dir", ".lab", "`folder` for packages, tools and runs")
	flags.StringVar(&u.KamailioSuite, "kamailio-suite", "", "take Kamailio from this `suite` of the host's mirror, for example sid, instead of the host's own")
	flags.BoolVar(&u.noMedia, "without-media", false, "no RTPEngine, no Asterisk and no calls through them: signalling only")
	flags.BoolVar(&u.noRecovery, "without-recovery", false, "no MariaDB and no tracker: nothing about the loss of a region")
	flags.BoolVar(&u.AllowExpired, "allow-expired", false, "accept metadata of that suite past its date; signatures are verified all the same")
}

// finish fills in what the command line does not say.
func (u *upFlags) finish(c call) error {
	if err := u.anywhere(c); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(u.Repo, "go.mod")); err != nil {
		return errors.New("run this in the repository's root, where go.mod is")
	}
	return nil
}

// anywhere is finish for what needs no repository.
func (u *upFlags) anywhere(c call) error {
	repo, err := os.Getwd()
	if err != nil {
		return err
	}
	u.Repo, u.Media, u.Recovery = repo, !u.noMedia, !u.noRecovery
	if u.Dir, err = filepath.Abs(u.Dir); err != nil {
		return err
	}
	if u.Helper, err = lab.Self(); err != nil {
		return err
	}
	u.Steps = steps.New(c.stdout, screen(c.stdout), time.Now)
	return nil
}

func setup(ctx context.Context, c call) error {
	var u upFlags
	flags := flag.NewFlagSet("setup", flag.ContinueOnError)
	u.shared(flags)
	tests := flags.Bool("tests", false, "also what the integration tests need besides")
	if err := c.parse(flags); err != nil {
		return err
	}
	if err := u.finish(c); err != nil {
		return err
	}
	if *tests {
		return lab.SetupTests(ctx, u.Options, os.Getenv)
	}
	_, err := lab.Setup(ctx, u.Options)
	return err
}

// tool prints where a tool is, for other programs to call it; what it has to build first is told on standard error.
func tool(ctx context.Context, c call) error {
	var u upFlags
	flags := flag.NewFlagSet("tool", flag.ContinueOnError)
	flags.StringVar(&u.Dir, "dir", ".lab", "`folder` for packages, tools and runs")
	if err := c.parse(flags, "NAME"); err != nil {
		return err
	}
	out := c.stdout
	c.stdout = c.stderr
	if err := u.finish(c); err != nil {
		return err
	}
	path, err := lab.FindTool(ctx, u.Options, flags.Arg(0))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, path)
	return err
}

func up(ctx context.Context, c call) error {
	var u upFlags
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	u.shared(flags)
	flags.BoolVar(&u.check, "check", false, "make a bounded mix of calls, compare SIPp's counts with Prometheus, and end")
	flags.IntVar(&u.whole, "whole", 1, "with --check: this many times 40 whole calls in as many times the time")
	flags.IntVar(&u.scale, "scale", 1, "with --check: this many times 200 calls in the same time")
	flags.StringVar(&u.record, "record", "", "with --check: write the table to this `file` too, with versions and commit")
	flags.BoolVar(&u.keep, "keep", false, "keep the run's folder with its logs and data")
	flags.BoolVar(&u.quiet, "quiet", false, "no live summary")
	flags.DurationVar(&u.duration, "duration", 0, "stop after this time, for example 10m; 0 runs until Ctrl-C")
	flags.IntVar(&u.Ports.Prometheus, "prometheus-port", 0, "`port` of Prometheus; 0 takes a free one, here and below")
	flags.IntVar(&u.Ports.Alertmanager, "alertmanager-port", 0, "`port` of Alertmanager")
	flags.IntVar(&u.Ports.Exporter, "exporter-port", 0, "`port` of kamailio_exporter")
	flags.IntVar(&u.Ports.SIP, "sip-port", 0, "`port` on which Kamailio takes calls")
	if err := c.parse(flags); err != nil {
		return err
	}
	if u.scale < 1 {
		return usageError{fmt.Errorf("up: scale %d: want 1 or more", u.scale)}
	}
	if u.whole < 1 {
		return usageError{fmt.Errorf("up: whole %d: want 1 or more", u.whole)}
	}
	if err := u.finish(c); err != nil {
		return err
	}
	u.Prober = !u.check      // a check counts, and is over before a budget moves
	if u.check && !u.Media { // counting is harder beside them, and a check is over before they alert
		u.DeadTargets = lab.DeadTargets
	}
	l, err := lab.Up(ctx, u.Options)
	if err != nil {
		return interrupted(ctx, err)
	}
	err = u.use(ctx, c, l)
	stopErr := u.Steps.Do("stopping", func(func(string)) error { return l.Close() })
	if err == nil && !u.keep {
		stopErr = errors.Join(stopErr, os.RemoveAll(l.Run().Folder()))
	} else {
		u.Steps.Note("   logs and data are kept in %s", l.Run().Folder())
	}
	return errors.Join(err, stopErr)
}

// use does what the laboratory was started for.
func (u *upFlags) use(ctx context.Context, c call, l *lab.Lab) error {
	control, err := l.StartControl()
	if err != nil {
		return err
	}
	if u.check {
		return interrupted(ctx, u.prove(ctx, c, l))
	}
	if _, err := l.StartCalls(ctx, l.UsualMix()); err != nil {
		return interrupted(ctx, err)
	}
	return u.watch(ctx, c, l, control)
}

// prove makes the calls of a bounded mix, compares, and records the result if asked to.
func (u *upFlags) prove(ctx context.Context, c call, l *lab.Lab) error {
	var table strings.Builder
	err := l.Check(ctx, io.MultiWriter(c.stdout, &table), l.BoundedMix(u.scale, u.whole))
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	u.Steps.Note("check passed: Prometheus agrees with SIPp, every target is up")
	if u.record == "" {
		return nil
	}
	commit, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=40").Output()
	if err != nil {
		return fmt.Errorf("record the commit: %w", err)
	}
	text := fmt.Sprintf("command: lab up %s\ncommit: %sproxy: %s\n\n%s", strings.Join(c.args, " "), commit, l.Version, table.String())
	return os.WriteFile(u.record, []byte(text), 0o644)
}

// interrupted makes an end that the user asked for short.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}
