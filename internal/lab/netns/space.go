package netns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Space is a network namespace with one address, which it has whatever becomes of its cables.
type Space struct {
	// Name is part of its interfaces' names at the other ends: at most 12 bytes, as Linux allows 15 (IFNAMSIZ).
	Name string
	// Address is on its loopback interface, as a region's service address is.
	Address netip.Addr

	file *os.File // keeps the namespace, even if no process is in it
}

// Here is the namespace that this process was started in, by a command of Isolate. It is an error if this is a network that somebody else uses.
func Here(name string, address netip.Addr) (*Space, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("namespace %s: %w", name, err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback == 0 && i.Flags&net.FlagUp != 0 { // the kernel may have dead tunnels in every new one
			return nil, fmt.Errorf("namespace %s: has interface %s: not a namespace of our own", name, i.Name)
		}
	}
	file, err := ofThread()
	if err != nil {
		return nil, fmt.Errorf("namespace %s: %w", name, err)
	}
	return furnish(&Space{Name: name, Address: address, file: file})
}

// New makes a namespace beside the one of this process, which has to be of a command of Isolate.
func New(name string, address netip.Addr) (*Space, error) {
	s := &Space{Name: name, Address: address}
	err := away(func() error { return unix.Unshare(unix.CLONE_NEWNET) }, func() (err error) {
		s.file, err = ofThread()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("namespace %s: %w", name, err)
	}
	return furnish(s)
}

// furnish gives a new namespace its loopback and its address.
func furnish(s *Space) (*Space, error) {
	err := s.Do(func() error {
		const loopback = 1 // the first interface of every namespace
		return errors.Join(setUp("lo", true), addAddress(loopback, s.Address))
	})
	if err != nil {
		return nil, fmt.Errorf("namespace %s: %w", s.Name, errors.Join(err, s.Close()))
	}
	return s, nil
}

// Close lets the namespace go: it ends with the last process and the last socket in it.
func (s *Space) Close() error { return s.file.Close() }

// Do calls f on a thread that is in the namespace: what it starts and what sockets it opens stay there. It must do so itself, not by another
// goroutine, which would not be in there.
func (s *Space) Do(f func() error) error {
	return away(func() error { return unix.Setns(int(s.file.Fd()), unix.CLONE_NEWNET) }, f)
}

// Listen listens at a port of the namespace's address.
func (s *Space) Listen(port uint16) (l net.Listener, err error) {
	err = s.Do(func() error {
		l, err = net.Listen("tcp", netip.AddrPortFrom(s.Address, port).String()) //nolint:noctx // does not block
		return err
	})
	return l, err
}

// Dial connects to an address (IP:port) from within the namespace.
func (s *Space) Dial(ctx context.Context, address string) (c net.Conn, err error) {
	if _, err := netip.ParseAddrPort(address); err != nil {
		return nil, err // a name would be resolved by other goroutines, which are elsewhere
	}
	err = s.Do(func() error {
		c, err = (&net.Dialer{}).DialContext(ctx, "tcp", address)
		return err
	})
	return c, err
}

// ofThread is the network namespace of the calling thread.
func ofThread() (*os.File, error) { return os.Open("/proc/thread-self/ns/net") }

// away takes a thread elsewhere, calls f there and brings the thread home. One that cannot be brought home ends with its goroutine.
func away(leave, f func() error) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		home, err := ofThread()
		if err != nil {
			result <- err
			return
		}
		defer home.Close()
		if err := leave(); err != nil {
			runtime.UnlockOSThread() // it has gone nowhere
			result <- fmt.Errorf("enter: %w", err)
			return
		}
		err = f()
		if back := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); back != nil {
			result <- errors.Join(err, fmt.Errorf("leave: %w", back))
			return
		}
		runtime.UnlockOSThread()
		result <- err
	}()
	return <-result
}
