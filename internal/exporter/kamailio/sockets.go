package kamailio

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/sockdiag"
)

var (
	errNotLocal       = errors.New("kamailio runs on another machine: its sockets cannot be seen from here")
	errNotProc        = errors.New("udp sockets: a line is not of the form of /proc/net/udp")
	errOtherNamespace = errors.New("no UDP listener of this Kamailio is in the network namespace that --kamailio.procfs shows")
)

// sockets reads the kernel's receive queues of Kamailio's UDP listeners. No command of Kamailio tells that its workers are
// stuck; the queue before them does.
type sockets struct {
	rpc   caller
	proc  fs.FS     // with net/udp and net/udp6
	ask   askKernel // nil where proc is of another namespace than this process's, which the kernel cannot be asked for
	local bool      // Kamailio runs on this machine
}

// askKernel is sockdiag.UDP. Where it fails, as in a sandbox, the files of /proc tell the same.
type askKernel func(six bool, port uint16, visit func(sockdiag.Socket)) error

// Name is that of the collector in its flag and in its outcome: sockets.
func (sockets) Name() string { return "sockets" }

// Scrape looks up the listeners, and reads their queues and drops from the kernel.
func (s sockets) Scrape(ctx context.Context, b *emit.Batch) error {
	if !s.local {
		return exporter.Absent(errNotLocal)
	}
	listeners, err := readListeners(ctx, s.rpc)
	if err != nil {
		return err
	}
	wanted := make(map[bool]map[netip.AddrPort]string) // by whether they are of IPv6: each family is a question of its own
	for _, l := range listeners {
		six := l.address.Addr().Is6()
		if l.protocol == "udp" {
			if wanted[six] == nil {
				wanted[six] = make(map[netip.AddrPort]string)
			}
			wanted[six][l.address] = l.String()
		}
	}
	found := make(map[string]udpSocket)
	for six, names := range wanted {
		if err := s.look(six, names, found); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return exporter.Absent(errOtherNamespace)
	}
	for listener, socket := range found {
		b.Add(metric.KamailioUDPReceiveQueue, float64(socket.queue), listener)
		b.Add(metric.KamailioUDPDrops, float64(socket.drops), listener)
	}
	return nil
}

// look adds up the sockets of a family by the listener they are bound to: with SO_REUSEPORT one address has several.
func (s sockets) look(six bool, wanted map[netip.AddrPort]string, found map[string]udpSocket) error {
	if s.ask != nil {
		asked := make(map[string]udpSocket, len(wanted))
		err := s.ask(six, commonPort(wanted), func(k sockdiag.Socket) {
			if listener, ours := wanted[k.Local]; ours {
				asked[listener] = asked[listener].and(udpSocket{k.Queue, k.Drops})
			}
		})
		if err == nil {
			maps.Copy(found, asked)
			return nil
		}
	}
	file, names := "net/udp", make(map[string]string, len(wanted))
	if six {
		file = "net/udp6"
	}
	for address, listener := range wanted {
		names[kernelName(address)] = listener
	}
	return s.read(file, names, found)
}

// commonPort is the port that all addresses have, or 0 where they have several: then the kernel is asked for all of its sockets.
func commonPort(addresses map[netip.AddrPort]string) uint16 {
	port := uint16(0)
	for a := range addresses {
		if port != 0 && a.Port() != port {
			return 0
		}
		port = a.Port()
	}
	return port
}

// udpSocket is what the kernel tells of a socket.
type udpSocket struct {
	queue uint64 // bytes that wait to be read, with the kernel's overhead
	drops uint64
}

// and adds up two sockets.
func (u udpSocket) and(v udpSocket) udpSocket { return udpSocket{u.queue + v.queue, u.drops + v.drops} }

// read adds up the sockets of a file. A file that is not there, as udp6 without IPv6, has no sockets. The other sockets of the machine, among them those of
// every call through an RTPEngine, are passed over unread.
func (s sockets) read(file string, wanted map[string]string, found map[string]udpSocket) error {
	f, err := s.proc.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("udp sockets: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Scan() // the headings
	for lines.Scan() {
		local, rest, ok := cutLocal(lines.Bytes())
		if !ok {
			return exporter.Failed(exporter.OutcomeDecode, errNotProc)
		}
		listener, ours := wanted[string(local)]
		if !ours {
			continue
		}
		socket, ok := parseUDPSocket(string(rest))
		if !ok {
			return exporter.Failed(exporter.OutcomeDecode, errNotProc)
		}
		found[listener] = found[listener].and(socket)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("udp sockets: %w", err)
	}
	return nil
}

// cutLocal parts a line, such as " 6560: 0100007F:13C4 00000000:0000 07 ...", behind its local address (Linux,
// udp4_format_sock in net/ipv4/udp.c).
func cutLocal(line []byte) (local, rest []byte, ok bool) {
	_, line, ok = bytes.Cut(line, []byte(": "))
	if !ok {
		return nil, nil, false
	}
	return bytes.Cut(line, []byte(" "))
}

// parseUDPSocket reads what follows the local address: remote address, state, transmit and receive queue, six more, two
// that matter to nobody, and last the drops.
func parseUDPSocket(rest string) (udpSocket, bool) {
	const queues, drops, columns = 2, 10, 11
	fields := strings.Fields(rest)
	if len(fields) < columns {
		return udpSocket{}, false
	}
	_, queue, _ := strings.Cut(fields[queues], ":")
	waiting, queueErr := strconv.ParseUint(queue, 16, 64)
	dropped, dropsErr := strconv.ParseUint(fields[drops], 10, 64)
	return udpSocket{waiting, dropped}, queueErr == nil && dropsErr == nil
}

// kernelName writes an address as /proc/net/udp does, 0100007F:13C4 for 127.0.0.1:5060: words of 32 bits in the machine's
// own byte order, and the port.
func kernelName(a netip.AddrPort) string {
	raw := a.Addr().AsSlice()
	var name strings.Builder
	for word := range slices.Chunk(raw, 4) {
		fmt.Fprintf(&name, "%08X", binary.NativeEndian.Uint32(word))
	}
	fmt.Fprintf(&name, ":%04X", a.Port())
	return name.String()
}
