// Package rtpengine says how a laboratory's RTPEngine is started, starts it, from this host or from a package tree, and asks it whether it
// is up. It refuses to be a model for production: packets pass through the daemon only, and everything listens on loopback.
package rtpengine

import (
	"context"
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/protocol/ng"
)

// askWithin bounds one question; an answer takes 0.03 ms (measured, 10.5 and 26.0).
const askWithin = time.Second

// Ports is how many ports a daemon has for media: 25 calls of four.
const Ports = 100

// Config is one instance. The arguments are those of RTPEngine 10.5 to 26.0.
type Config struct {
	// UDPPort, TCPPort and HTTPPort are where it takes commands, on 127.0.0.1.
	UDPPort, TCPPort, HTTPPort int
	// PortMin is the first of Ports ports for media; it is even, as RTP has it (RFC 3550, 11).
	PortMin int
	// PidFile is where it writes its process id, by which its command line names the run that it belongs to; empty is nowhere.
	PidFile string
	// Further are arguments besides those that are needed: interfaces and limits. Without any it has one interface on 127.0.0.1.
	Further []string
}

// Args is the command line: in the foreground, without a configuration file, logging warnings to standard error, without the kernel's
// module; a call that is deleted is gone at once.
func (c Config) Args() []string {
	further := c.Further
	if len(further) == 0 {
		further = []string{"--interface=127.0.0.1"}
	}
	if c.PidFile != "" {
		further = append([]string{"--pidfile=" + c.PidFile}, further...)
	}
	return append([]string{
		"--config-file=none", "-f", "-E", "-L", "4", "--table=-1", "--num-threads=2", "--delete-delay=0",
		listen("ng", c.UDPPort), listen("tcp-ng", c.TCPPort), listen("http", c.HTTPPort),
		fmt.Sprintf("--port-min=%d", c.PortMin), fmt.Sprintf("--port-max=%d", c.PortMin+Ports-1),
	}, further...)
}

func listen(what string, port int) string { return fmt.Sprintf("--listen-%s=127.0.0.1:%d", what, port) }

// UDP is where it takes commands over UDP.
func (c Config) UDP() ng.Address { return local("udp", c.UDPPort) }

// TCP is where it takes commands over TCP.
func (c Config) TCP() ng.Address { return local("tcp", c.TCPPort) }

// HTTP is where it takes commands over HTTP.
func (c Config) HTTP() ng.Address { return local("http", c.HTTPPort) }

func local(network string, port int) ng.Address {
	return ng.Address{Network: network, Host: "127.0.0.1", Port: uint16(port)}
}

// Control is its address as Kamailio's rtpengine module takes it.
func (c Config) Control() string { return fmt.Sprintf("udp:127.0.0.1:%d", c.UDPPort) }

// Ready is nil once it has answered a ping.
func (c Config) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	client := ng.NewClient(c.UDP(), ng.Options{})
	defer func() { _ = client.Close() }() // the answer is there or not
	_, err := client.Call(ctx, "ping")
	return err
}
