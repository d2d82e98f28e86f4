package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/diag"
)

// usage is the help text of the program.
func usage() string {
	var b strings.Builder
	b.WriteString("obsgen turns the description of a platform into everything that watches it.\n\nusage: obsgen COMMAND [flags]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-10s %s\n", c.name, c.summary)
	}
	b.WriteString("  help       print this text\n\n\"obsgen COMMAND -h\" lists the flags of a command.\n" +
		"Exit codes: 0 done, 1 the spec is wrong, files differ or could not be written, 2 the command line is wrong.\n")
	return b.String()
}

// unknownCommand is the error for a verb that does not exist.
func unknownCommand(name string) error {
	names := []string{"help"}
	for _, c := range commands() {
		names = append(names, c.name)
	}
	hint := diag.DidYouMean(name, names)
	if hint == "" {
		hint = `"obsgen help" lists the commands`
	}
	return usageError{what: fmt.Sprintf("there is no command %q", name), hint: hint}
}

// parse reads a command's flags, which take no further arguments. When help is asked for it prints what the command is for
// and returns flag.ErrHelp.
func (p *program) parse(flags *flag.FlagSet, about string, args []string) error {
	names, err := p.parseWithNames(flags, "", about, args)
	if err == nil && len(names) > 0 {
		return usageError{what: fmt.Sprintf("%s: unexpected argument %q", flags.Name(), names[0]), hint: listsFlags(flags)}
	}
	return err
}

// listsFlags is the hint for a flag that makes no sense.
func listsFlags(flags *flag.FlagSet) string {
	return fmt.Sprintf("\"obsgen %s -h\" lists the flags", flags.Name())
}

// parseWithNames is parse for a command that takes arguments after its flags, which it returns; form says which, for the help.
func (p *program) parseWithNames(flags *flag.FlagSet, form, about string, args []string) ([]string, error) {
	flags.SetOutput(io.Discard) // the errors are printed at the edge, and not by the flag package
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(p.stdout, strings.TrimSpace("usage: obsgen "+flags.Name()+" [flags] "+form)+"\n\n"+about+"\n")
		flags.SetOutput(p.stdout)
		flags.PrintDefaults()
		return nil, flag.ErrHelp
	case err != nil:
		return nil, usageError{what: fmt.Sprintf("%s: %v", flags.Name(), err), hint: listsFlags(flags)}
	}
	return flags.Args(), nil
}

// moment reads a flag's value as a moment of RFC 3339.
func moment(into *time.Time) func(string) error {
	return func(s string) (err error) {
		*into, err = time.Parse(time.RFC3339, s)
		return err
	}
}

// parseFiles reads a command's flags and the files that follow or stand between them; operands names them in the help text.
func (p *program) parseFiles(flags *flag.FlagSet, about, operands string, args []string) ([]string, error) {
	files, err := p.parseOperands(flags, about, operands, args)
	if err == nil && len(files) == 0 {
		return nil, usageError{what: fmt.Sprintf("%s: %s is missing", flags.Name(), operands), hint: listsFlags(flags)}
	}
	return files, err
}

// parseOperands reads a command's flags and what follows or stands between them, which may be nothing; operands names it in the help text.
func (p *program) parseOperands(flags *flag.FlagSet, about, operands string, args []string) ([]string, error) {
	var found []string
	for {
		rest, err := p.parseWithNames(flags, operands, about, args)
		if err != nil {
			return nil, err
		}
		if len(rest) == 0 {
			return found, nil
		}
		found, args = append(found, rest[0]), rest[1:]
	}
}
