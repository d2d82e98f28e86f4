// Command govulncheck looks for known vulnerabilities in programs that were built before, by the Go project's own scanner and database. It ends
// in a failure for each that is found. A database that cannot be reached is said loudly and is no failure: without it nothing is known,
// neither good nor bad, and a build must not depend on somebody else's server.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/vuln/scan"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// foundCode is how the scanner says that it found something (its documentation, "Exit codes").
const foundCode = 3

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 || strings.HasPrefix(args[len(args)-1], "-") {
		fmt.Fprintln(stderr, "usage: govulncheck [-db URL] PROGRAM...")
		return 2
	}
	var flags []string
	if args[0] == "-db" && len(args) > 2 {
		flags, args = args[:2], args[2:]
	}
	code := 0
	for _, program := range args {
		text, err := look(ctx, flags, program)
		var exit interface{ ExitCode() int }
		switch {
		case err == nil:
			fmt.Fprintf(stdout, "%s: no known vulnerability\n", program)
		case errors.As(err, &exit) && exit.ExitCode() == foundCode:
			fmt.Fprintf(stdout, "%s:\n%s", program, text)
			code = 1
		case unreachable(err):
			fmt.Fprintf(stderr, "NOT CHECKED: the database of vulnerabilities cannot be reached, so that nothing is known of %s: %v\n", strings.Join(args, ", "), err)
			return code
		default:
			fmt.Fprintf(stderr, "govulncheck: %s: %v\n", program, err)
			code = 1
		}
	}
	return code
}

// look scans one program.
func look(ctx context.Context, flags []string, program string) (string, error) {
	var out bytes.Buffer
	cmd := scan.Command(ctx, append(append([]string{"-mode=binary"}, flags...), program)...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return "", err
	}
	err := cmd.Wait()
	return out.String(), err
}

// unreachable reports whether an error is about the way to the database. The scanner says so in words only.
func unreachable(err error) bool { return strings.Contains(err.Error(), "fetching vulnerabilities:") }
