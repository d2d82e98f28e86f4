package pkgtree

import (
	"fmt"
	"os"
	"testing"
)

// mountCommand is the first argument with which this test program makes folders visible below a root, and says whether they are.
const mountCommand = "mount-all"

// TestMain lets this test program be the helper which enters trees.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == EnterCommand {
		fmt.Fprintln(os.Stderr, Enter(os.Args[2:]))
		os.Exit(1)
	}
	if len(os.Args) == 4 && os.Args[1] == mountCommand {
		err := mountAll(os.Args[2], os.Args[3:])
		if err == nil {
			_, err = os.Stat(os.Args[2] + os.Args[3] + "/kernel")
		}
		fmt.Println(err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}
