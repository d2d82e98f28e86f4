package netns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// create is the flags of a request for something that must not be there yet.
const create = unix.NLM_F_CREATE | unix.NLM_F_EXCL

// vethPeer is VETH_INFO_PEER of linux/veth.h: the attribute that describes the other end.
const vethPeer = 1

// addPair makes two interfaces that are one cable, the second in the namespace of a descriptor.
func addPair(name, peer string, namespace int) error {
	other := slices.Concat(linkHeader(0, 0), attribute(unix.IFLA_IFNAME, text(peer)), attribute(unix.IFLA_NET_NS_FD, native32(namespace)))
	kind := slices.Concat(attribute(unix.IFLA_INFO_KIND, text("veth")), attribute(unix.IFLA_INFO_DATA, attribute(vethPeer, other)))
	return request("add "+name, unix.RTM_NEWLINK, create, linkHeader(0, 0), attribute(unix.IFLA_IFNAME, text(name)), attribute(unix.IFLA_LINKINFO, kind))
}

// setUp takes an interface up or down.
func setUp(name string, up bool) error {
	flags := uint32(0)
	if up {
		flags = unix.IFF_UP
	}
	return request(fmt.Sprintf("set %s up: %t", name, up), unix.RTM_NEWLINK, 0, linkHeader(flags, unix.IFF_UP), attribute(unix.IFLA_IFNAME, text(name)))
}

// addAddress gives an interface an address that is alone in its network.
func addAddress(index uint32, a netip.Addr) error {
	header := slices.Concat([]byte{unix.AF_INET, uint8(a.BitLen()), 0, unix.RT_SCOPE_UNIVERSE}, native32(int(index))) // struct ifaddrmsg
	return request("add "+a.String(), unix.RTM_NEWADDR, create, header, attribute(unix.IFA_LOCAL, a.AsSlice()), attribute(unix.IFA_ADDRESS, a.AsSlice()))
}

// addRoute sends what is for an address out by an interface, as from another.
func addRoute(index int, to, from netip.Addr) error {
	header := slices.Concat([]byte{unix.AF_INET, uint8(to.BitLen()), 0, 0, unix.RT_TABLE_MAIN, unix.RTPROT_STATIC, unix.RT_SCOPE_LINK, unix.RTN_UNICAST}, native32(0)) // struct rtmsg
	return request("route to "+to.String(), unix.RTM_NEWROUTE, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, header,
		attribute(unix.RTA_DST, to.AsSlice()), attribute(unix.RTA_OIF, native32(index)), attribute(unix.RTA_PREFSRC, from.AsSlice()))
}

// linkHeader is struct ifinfomsg, for an interface that is found by its name.
func linkHeader(flags, change uint32) []byte {
	return slices.Concat(native32(unix.AF_UNSPEC), native32(0), native32(int(flags)), native32(int(change)))
}

// attribute is struct rtattr with a value, padded to four bytes.
func attribute(kind uint16, value []byte) []byte {
	b := make([]byte, unix.SizeofRtAttr, unix.SizeofRtAttr+len(value)+3)
	binary.NativeEndian.PutUint16(b, uint16(unix.SizeofRtAttr+len(value))) //nolint:gosec // names and addresses are short
	binary.NativeEndian.PutUint16(b[2:], kind)
	b = append(b, value...)
	return append(b, make([]byte, -len(b)&3)...)
}

// text is a string as the kernel reads it.
func text(s string) []byte { return append([]byte(s), 0) }

func native32(n int) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(n)) } //nolint:gosec // descriptors, indices and flags

// request asks the kernel for one change in the namespace of the calling thread, and waits for its answer (rtnetlink(7)).
func request(what string, kind, flags uint16, parts ...[]byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", what, err)
		}
	}()
	s, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(s) }() // the answer is in
	body := slices.Concat(parts...)
	header := slices.Concat(native32(unix.SizeofNlMsghdr+len(body)), binary.NativeEndian.AppendUint16(nil, kind),
		binary.NativeEndian.AppendUint16(nil, flags|unix.NLM_F_REQUEST|unix.NLM_F_ACK), native32(1), native32(0)) // struct nlmsghdr
	if err := unix.Sendto(s, append(header, body...), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(s, answer, 0)
	if err != nil {
		return err
	}
	return acknowledged(answer[:n])
}

// acknowledged reads the kernel's answer: struct nlmsgerr, whose first field is 0 or a negative error number.
func acknowledged(answer []byte) error {
	if len(answer) < unix.SizeofNlMsghdr+4 || binary.NativeEndian.Uint16(answer[4:]) != unix.NLMSG_ERROR {
		return errors.New("the kernel's answer is no acknowledgement")
	}
	if n := int32(binary.NativeEndian.Uint32(answer[unix.SizeofNlMsghdr:])); n != 0 { //nolint:gosec // it is signed
		return unix.Errno(-n)
	}
	return nil
}
