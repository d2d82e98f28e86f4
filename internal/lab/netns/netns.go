// Package netns makes network namespaces with cables between them, without root, so that a test can lose a region's network, or the link between
// two, as it is lost in life. It refuses to change the network that the host lives in, and knows nothing of what runs in its namespaces.
package netns

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// probeCommand is the first argument with which the helper program tries what Forbidden asks for.
const probeCommand = "netns-probe"

// probeWithin bounds the look at what a host allows.
const probeWithin = 20 * time.Second

// Isolate has cmd run as root of a user namespace of its own, in a network namespace of its own that has nothing but a loopback
// (user_namespaces(7)): in there it may make further ones. To the rest of the host it stays the user that it was.
func Isolate(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET
	cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
	cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
}

// Helper does the helper program's part if args, without the program's name, ask for it: handled is then true and the program has to exit,
// with status 0 if err is nil.
func Helper(args []string) (handled bool, err error) {
	if len(args) != 1 || args[0] != probeCommand {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeWithin)
	defer cancel()
	return true, probe(ctx)
}

// Forbidden is why this user can have no namespaces with cables on this host, and nil if all of it works: many containers forbid it, and some
// hosts allow a user namespace and nothing in it. Helper is the command line of a program that passes its arguments to Helper.
func Forbidden(ctx context.Context, helper []string) error {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, helper[0], append(append([]string{}, helper[1:]...), probeCommand)...)
	Isolate(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("no network namespaces here: %w %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// probe makes a namespace beside this one and has a byte cross the cable between them.
func probe(ctx context.Context) error {
	here, err := Here("here", netip.AddrFrom4([4]byte{10, 0, 0, 1}))
	if err != nil {
		return err
	}
	defer func() { _ = here.Close() }() // it ends with this process
	there, err := New("there", netip.AddrFrom4([4]byte{10, 0, 0, 2}))
	if err != nil {
		return err
	}
	defer func() { _ = there.Close() }() // likewise
	if _, err := Connect(here, there); err != nil {
		return err
	}
	l, err := there.Listen(1)
	if err != nil {
		return err
	}
	defer l.Close()
	go greet(l)
	c, err := here.Dial(ctx, l.Addr().String())
	if err != nil {
		return err
	}
	defer c.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if n, err := c.Read(make([]byte, 1)); n != 1 {
		return fmt.Errorf("the cable carries nothing: %w", err)
	}
	return nil
}

// greet sends a byte to whoever comes first.
func greet(l net.Listener) {
	c, err := l.Accept()
	if err != nil {
		return // the one who waits for the byte says so
	}
	_, err = c.Write([]byte{1})
	_ = errors.Join(err, c.Close()) // likewise
}
