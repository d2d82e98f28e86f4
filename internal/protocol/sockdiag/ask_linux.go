package sockdiag

import (
	"errors"
	"fmt"
	"syscall"
)

// patience is how long the kernel may take for a part of its answer, in seconds. It needs microseconds.
const patience = 1

// UDP calls visit for every UDP socket of IPv4, or of IPv6 if six, that is bound to the local port, or to any if port is 0. After an
// error visit may have been called for some. The error wraps a syscall.Errno where the kernel does not answer such questions:
// EAFNOSUPPORT or EPERM where a sandbox forbids them, ENOENT without its module udp_diag.
func UDP(six bool, port uint16, visit func(Socket)) error {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		return fmt.Errorf("netlink socket: %w", err)
	}
	defer func() { _ = syscall.Close(fd) }()
	if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Sec: patience}); err != nil {
		return fmt.Errorf("netlink socket: %w", err)
	}
	family := byte(familyIPv4)
	if six {
		family = familyIPv6
	}
	const sequence = 1 // one question a socket
	if err := syscall.Sendto(fd, request(family, port, sequence), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return fmt.Errorf("netlink request: %w", err)
	}
	buffer := make([]byte, 8192) // the kernel sends no more at once than there is room for
	for {
		n, from, err := syscall.Recvfrom(fd, buffer, 0)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("netlink answer: %w", err)
		}
		if sender, ok := from.(*syscall.SockaddrNetlink); !ok || sender.Pid != 0 {
			continue // another process wants to be taken for the kernel
		}
		if done, err := decode(buffer[:n], sequence, visit); done || err != nil {
			return err
		}
	}
}
