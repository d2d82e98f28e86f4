package sipp

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"time"
)

// pingWithin is how long one OPTIONS waits for its answer before the caller asks again.
const pingWithin = 300 * time.Millisecond

// Ping sends one OPTIONS over UDP to addr, host:port, and returns nil when any final answer to it came.
func Ping(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, pingWithin)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	id := rand.Text()
	if _, err := fmt.Fprintf(conn, "OPTIONS sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;branch=z9hG4bK%[3]s\r\nMax-Forwards: 5\r\n"+
		"From: <sip:ping@%[2]s>;tag=%[3]s\r\nTo: <sip:%[1]s>\r\nCall-ID: %[3]s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
		addr, conn.LocalAddr(), id); err != nil {
		return fmt.Errorf("options to %s: %w", addr, err)
	}
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return fmt.Errorf("no answer to options from %s: %w", addr, err)
		}
		answer := buf[:n]
		final := bytes.HasPrefix(answer, []byte("SIP/2.0 ")) && n > 8 && answer[8] >= '2'
		if final && bytes.Contains(answer, []byte(id)) {
			return nil
		}
	}
}
