package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

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
	if err := p.parseFlags(flags, about, "", args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return usageError{what: fmt.Sprintf("%s: unexpected argument %q", flags.Name(), flags.Arg(0)), hint: flagsHint(flags)}
	}
	return nil
}

// parseFiles reads a command's flags and the arguments that follow or stand between them: files, named by operands in the help text.
func (p *program) parseFiles(flags *flag.FlagSet, about, operands string, args []string) ([]string, error) {
	var files []string
	for {
		if err := p.parseFlags(flags, about, " "+operands, args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			break
		}
		files = append(files, flags.Arg(0))
		args = flags.Args()[1:]
	}
	if len(files) == 0 {
		return nil, usageError{what: fmt.Sprintf("%s: %s is missing", flags.Name(), operands), hint: flagsHint(flags)}
	}
	return files, nil
}

func flagsHint(flags *flag.FlagSet) string {
	return fmt.Sprintf("\"obsgen %s -h\" lists the flags", flags.Name())
}

func (p *program) parseFlags(flags *flag.FlagSet, about, operands string, args []string) error {
	flags.SetOutput(io.Discard) // the errors are printed at the edge, and not by the flag package
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(p.stdout, "usage: obsgen %s [flags]%s\n\n%s\n\n", flags.Name(), operands, about)
		flags.SetOutput(p.stdout)
		flags.PrintDefaults()
		return flag.ErrHelp
	case err != nil:
		return usageError{what: fmt.Sprintf("%s: %v", flags.Name(), err), hint: flagsHint(flags)}
	}
	return nil
}
