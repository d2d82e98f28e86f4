package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// The first arguments with which the helper program is called.
const (
	watchdogCommand = "watchdog"
	gateCommand     = "gate"
)

// gateFD is the descriptor of the gate's pipe in the child: the first of exec.Cmd.ExtraFiles.
const gateFD = 3

// Helper does the helper program's part if args, without the program's name, ask for it: handled is then true and the program has to
// exit, with status 0 if err is nil.
func Helper(args []string) (handled bool, err error) {
	switch {
	case len(args) == 1 && args[0] == watchdogCommand:
		guard(os.Stdin)
		return true, nil
	case len(args) > 1 && args[0] == gateCommand:
		return true, passGate(args[1:])
	}
	return false, nil
}

// behindGate changes cmd so that, once started, it waits at a gate. Calling open with true lets it become the real program; with false,
// or when this process dies before, it ends instead.
func behindGate(cmd *exec.Cmd, helper []string) (open func(bool) error, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	path, err := exec.LookPath(cmd.Path)
	if err != nil {
		return nil, errors.Join(err, r.Close(), w.Close())
	}
	cmd.Args = append(append(append([]string{}, helper...), gateCommand, path), cmd.Args[1:]...)
	cmd.Path = helper[0]
	cmd.ExtraFiles = []*os.File{r}
	return func(pass bool) error {
		defer w.Close()
		defer r.Close()
		if !pass {
			return nil
		}
		_, err := w.Write([]byte{1})
		return err
	}, nil
}

// passGate waits for the one byte and becomes the program.
func passGate(line []string) error {
	gate := os.NewFile(gateFD, "gate")
	if n, err := gate.Read(make([]byte, 1)); n != 1 {
		return fmt.Errorf("gate: not opened: %w", err)
	}
	if err := gate.Close(); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	return fmt.Errorf("gate: start %s: %w", line[0], syscall.Exec(line[0], line, os.Environ()))
}
