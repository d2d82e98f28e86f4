// Package sockdiag asks the Linux kernel for the UDP sockets of this process's network namespace over netlink (sock_diag(7)), and
// needs no privilege for it. It is for what /proc/net/udp tells too, without its price: the kernel makes that file anew, walking
// through all its sockets, for every page of it that is read. It refuses to tell who owns a socket, and answers that are not whole.
package sockdiag

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"
)

// Socket is a UDP socket.
type Socket struct {
	// Local is what it is bound to.
	Local netip.AddrPort
	// Queue is how many bytes wait to be read, with the kernel's overhead.
	Queue uint64
	// Drops is how many packets the kernel has dropped since the socket was made, modulo 2^32.
	Drops uint64
}

// Constants of linux/netlink.h, linux/sock_diag.h and linux/inet_diag.h.
const (
	netlinkSockDiag = 4     // NETLINK_SOCK_DIAG
	byFamily        = 20    // SOCK_DIAG_BY_FAMILY
	isError         = 2     // NLMSG_ERROR
	isDone          = 3     // NLMSG_DONE
	flagRequest     = 1     // NLM_F_REQUEST
	flagDump        = 0x300 // NLM_F_DUMP
	familyIPv4      = 2     // AF_INET
	familyIPv6      = 10    // AF_INET6
	protocolUDP     = 17    // IPPROTO_UDP
	memoryInfo      = 7     // INET_DIAG_SKMEMINFO: nine numbers of 32 bits
	memoryDrops     = 8     // SK_MEMINFO_DROPS, the last of them
	memoryNumbers   = 9

	headerSize    = 16 // struct nlmsghdr
	requestSize   = 56 // struct inet_diag_req_v2
	answerSize    = 72 // struct inet_diag_msg
	attributeSize = 4  // struct nlattr
)

// request asks for all UDP sockets of a family with a local port, or with any if port is 0.
func request(family byte, port uint16, sequence uint32) []byte {
	b := make([]byte, headerSize+requestSize)
	binary.NativeEndian.PutUint32(b, headerSize+requestSize)
	binary.NativeEndian.PutUint16(b[4:], byFamily)
	binary.NativeEndian.PutUint16(b[6:], flagRequest|flagDump)
	binary.NativeEndian.PutUint32(b[8:], sequence)
	q := b[headerSize:]
	q[0], q[1], q[2] = family, protocolUDP, 1<<(memoryInfo-1)
	binary.NativeEndian.PutUint32(q[4:], 1<<32-1) // in any state
	binary.BigEndian.PutUint16(q[8:], port)
	return b
}

// decode reads the messages of one datagram and calls visit for each socket. done says that no more datagrams come.
func decode(b []byte, sequence uint32, visit func(Socket)) (done bool, err error) {
	for len(b) > 0 {
		if len(b) < headerSize {
			return false, fmt.Errorf("netlink message of %d bytes: no header", len(b))
		}
		size, kind := int(binary.NativeEndian.Uint32(b)), binary.NativeEndian.Uint16(b[4:])
		if size < headerSize || size > len(b) {
			return false, fmt.Errorf("netlink message of %d bytes where %d are left", size, len(b))
		}
		if got := binary.NativeEndian.Uint32(b[8:]); got != sequence {
			return false, fmt.Errorf("netlink message %d in answer to %d", got, sequence)
		}
		body := b[headerSize:size]
		b = b[min((size+3)&^3, len(b)):] // each begins at a multiple of four
		switch kind {
		case isDone:
			return true, nil
		case isError:
			return false, kernelError(body)
		case byFamily:
			s, err := decodeSocket(body)
			if err != nil {
				return false, err
			}
			visit(s)
		}
	}
	return false, nil
}

// kernelError is the error that a message of type NLMSG_ERROR bears.
func kernelError(body []byte) error {
	if len(body) < 4 {
		return fmt.Errorf("netlink error of %d bytes", len(body))
	}
	return fmt.Errorf("netlink: %w", syscall.Errno(-int32(binary.NativeEndian.Uint32(body))))
}

// decodeSocket reads a struct inet_diag_msg and the attributes behind it.
func decodeSocket(body []byte) (Socket, error) {
	if len(body) < answerSize {
		return Socket{}, fmt.Errorf("netlink answer of %d bytes, want %d", len(body), answerSize)
	}
	address := netip.AddrFrom16([16]byte(body[8:24]))
	if body[0] == familyIPv4 {
		address = netip.AddrFrom4([4]byte(body[8:12]))
	}
	s := Socket{
		Local: netip.AddrPortFrom(address, binary.BigEndian.Uint16(body[4:])),
		Queue: uint64(binary.NativeEndian.Uint32(body[56:])),
	}
	for rest := body[answerSize:]; len(rest) >= attributeSize; {
		size, kind := int(binary.NativeEndian.Uint16(rest)), binary.NativeEndian.Uint16(rest[2:])
		if size < attributeSize || size > len(rest) {
			return Socket{}, fmt.Errorf("netlink attribute of %d bytes where %d are left", size, len(rest))
		}
		if kind == memoryInfo && size >= attributeSize+4*memoryNumbers {
			s.Drops = uint64(binary.NativeEndian.Uint32(rest[attributeSize+4*memoryDrops:]))
			return s, nil
		}
		rest = rest[min((size+3)&^3, len(rest)):]
	}
	return Socket{}, fmt.Errorf("netlink answer without the socket's memory") // Linux before 3.6
}
