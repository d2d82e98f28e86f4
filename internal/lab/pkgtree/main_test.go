package pkgtree

import (
	"fmt"
	"os"
	"testing"
)

// TestMain lets this test program be the helper which enters trees.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == EnterCommand {
		fmt.Fprintln(os.Stderr, Enter(os.Args[2:]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}
