package kamailio

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

var (
	errNotLocal       = errors.New("kamailio runs on another machine: its sockets cannot be seen from here")
	errOtherNamespace = errors.New("no UDP listener of this Kamailio is in the network namespace that --kamailio.procfs shows")
)

// sockets reads the kernel's receive queues of Kamailio's UDP listeners. No command of Kamailio tells that its workers are
// stuck; the queue before them does.
type sockets struct {
	rpc   caller
	proc  fs.FS // with net/udp and net/udp6
	local bool  // Kamailio runs on this machine
}

func (sockets) Name() string { return "sockets" }

func (s sockets) Scrape(ctx context.Context, b *emit.Batch) error {
	if !s.local {
		return exporter.Absent(errNotLocal)
	}
	listeners, err := readListeners(ctx, s.rpc)
	if err != nil {
		return err
	}
	wanted := make(map[netip.AddrPort]string)
	for _, l := range listeners {
		if l.protocol == "udp" {
			wanted[l.address] = l.String()
		}
	}
	found := make(map[string]udpSocket, len(wanted))
	for _, file := range []string{"net/udp", "net/udp6"} {
		if err := s.read(file, wanted, found); err != nil {
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

// read adds up the sockets of a file by the listener they are bound to: with SO_REUSEPORT one address has several. A
// file that is not there, as udp6 without IPv6, has no sockets.
func (s sockets) read(file string, wanted map[netip.AddrPort]string, found map[string]udpSocket) error {
	f, err := s.proc.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("udp sockets: %w", err)
	}
	defer f.Close()
	return eachUDPSocket(f, func(socket udpSocket) {
		if listener, ok := wanted[socket.address]; ok {
			sum := found[listener]
			found[listener] = udpSocket{socket.address, sum.queue + socket.queue, sum.drops + socket.drops}
		}
	})
}

// udpSocket is a line of /proc/net/udp.
type udpSocket struct {
	address netip.AddrPort
	queue   uint64 // bytes that wait to be read, with the kernel's overhead
	drops   uint64
}

// eachUDPSocket calls f for every socket that /proc/net/udp or udp6 lists (Linux, udp4_format_sock in net/ipv4/udp.c):
// after the number come local and remote address, state, transmit and receive queue, six more, and last the drops.
func eachUDPSocket(r io.Reader, f func(udpSocket)) error {
	lines := bufio.NewScanner(r)
	lines.Scan() // the headings
	for lines.Scan() {
		socket, ok := parseUDPSocket(lines.Text())
		if !ok {
			return exporter.Failed(exporter.OutcomeDecode, errors.New("udp sockets: a line is not of the form of /proc/net/udp"))
		}
		f(socket)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("udp sockets: %w", err)
	}
	return nil
}

func parseUDPSocket(line string) (udpSocket, bool) {
	const local, queues, drops, columns = 1, 4, 12, 13
	fields := strings.Fields(line)
	if len(fields) < columns {
		return udpSocket{}, false
	}
	address, addressOK := parseKernelAddress(fields[local])
	_, queue, _ := strings.Cut(fields[queues], ":")
	waiting, queueErr := strconv.ParseUint(queue, 16, 64)
	dropped, dropsErr := strconv.ParseUint(fields[drops], 10, 64)
	return udpSocket{address, waiting, dropped}, addressOK && queueErr == nil && dropsErr == nil
}

// parseKernelAddress reads 0100007F:13C4: words of 32 bits in the machine's own byte order, and the port.
func parseKernelAddress(s string) (netip.AddrPort, bool) {
	host, port, _ := strings.Cut(s, ":")
	raw, err := hex.DecodeString(host)
	if err != nil || (len(raw) != 4 && len(raw) != 16) {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	number, err := strconv.ParseUint(port, 16, 16)
	address, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(address, uint16(number)), err == nil
}
