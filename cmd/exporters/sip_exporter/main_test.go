package main

import (
	"net"
	"path/filepath"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/voipbin/observability/internal/exporter/programtest"
	exporter "github.com/voipbin/observability/internal/exporter/sip"
	"github.com/voipbin/observability/internal/metric"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sip_exporter": main})
}

// TestScripts runs the stories in testdata/script. In them $GOOD is a SIP server that answers everything with 200 and names its
// region, $BUSY one that says 486, $SILENT one that never answers, $CHALLENGE one that never believes the credentials, and
// $DEPLOY the example configuration.
func TestScripts(t *testing.T) {
	t.Parallel()
	deploy, err := filepath.Abs("../../../deploy/sip/modules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	programtest.Stories(t, map[string]string{
		"GOOD": server(t, func(req *sip.Request) *sip.Response {
			res := sip.NewResponseFromRequest(req, 200, "OK", nil)
			res.AppendHeader(sip.NewHeader("X-Region", "eu-west"))
			if c := req.Contact(); c != nil {
				res.AppendHeader(c.Clone())
			}
			return res
		}),
		"BUSY":   server(t, func(req *sip.Request) *sip.Response { return sip.NewResponseFromRequest(req, 486, "Busy", nil) }),
		"SILENT": server(t, func(*sip.Request) *sip.Response { return nil }),
		"CHALLENGE": server(t, func(req *sip.Request) *sip.Response {
			res := sip.NewResponseFromRequest(req, 401, "Unauthorized", nil)
			res.AppendHeader(sip.NewHeader("WWW-Authenticate", `Digest realm="x", nonce="leaked-nonce"`))
			return res
		}),
		"DEPLOY": deploy,
	})
}

// server answers over UDP, and returns its address.
func server(t *testing.T, answer func(*sip.Request) *sip.Response) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 65535)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			m, err := sip.ParseMessage(append([]byte(nil), buf[:n]...))
			if req, ok := m.(*sip.Request); err == nil && ok && !req.IsAck() {
				if res := answer(req); res != nil {
					_, _ = conn.WriteTo([]byte(res.String()), from)
				}
			}
		}
	}()
	return conn.LocalAddr().String()
}

// The flags, the catalogue and the collectors speak of the same names.
func TestCollectorsAreThoseOfTheCatalogue(t *testing.T) {
	t.Parallel()
	programtest.Collectors(t, metric.SIP(), exporter.Collectors())
}
