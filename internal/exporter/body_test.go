package exporter_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// rawGet asks with exactly this header Accept-Encoding, and lets nothing be unpacked on the way; none sends none.
func rawGet(t *testing.T, method, url, encoding string) (http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if encoding != "" {
		req.Header.Set("Accept-Encoding", encoding)
	}
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %v", resp.StatusCode, err)
	}
	return resp.Header, body
}

func unpack(t *testing.T, packed []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatalf("not gzip: %v", err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestCompression: an answer is compressed for who wants that, and for nobody else (RFC 9110, 12.5.3).
func TestCompression(t *testing.T) {
	t.Parallel()
	r := start(t, fakeProgram(fixed(reads("a", fakeA))), "--kamailio.address=x", "--web.disable-exporter-metrics")
	for encoding, compressed := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "x-gzip": true, "deflate, gzip;q=0.5": true, "gzip ; q=1.0, br": true, "*": true, "*;q=0.1": true,
		"identity": false, "zstd": false, "zstd, gzip": true, "gzip;q=0": false, "gzip;q=0.000, *": false, "*;q=0": false, "br": false,
		"gzip;q=much": false, "gzip;level=1": false, "notgzip": false, ",": false, "gzip, gzip;q=0": true,
	} {
		header, body := rawGet(t, http.MethodGet, r.url+"/metrics", encoding)
		if n := header.Get("Content-Length"); n != strconv.Itoa(len(body)) {
			t.Errorf("%q: Content-Length %s of %d bytes", encoding, n, len(body))
		}
		if vary := strings.Join(header.Values("Vary"), ","); !strings.Contains(vary, "Accept-Encoding") {
			t.Errorf("%q: Vary %s", encoding, vary)
		}
		text := string(body)
		if got := header.Get("Content-Encoding"); (got == "gzip") != compressed || (got == "") == compressed {
			t.Errorf("%q: Content-Encoding %q", encoding, got)
			continue
		}
		if compressed {
			text = unpack(t, body)
		}
		in(t, text, "\nkamailio_a 1\n")
	}
}

// TestHeadTellsTheLength of what GET would bring, without it.
func TestHeadTellsTheLength(t *testing.T) {
	t.Parallel()
	r := start(t, fakeProgram(fixed(reads("a", fakeA))), "--kamailio.address=x", "--web.disable-exporter-metrics")
	header, body := rawGet(t, http.MethodHead, r.url+"/metrics", "")
	if n, err := strconv.Atoi(header.Get("Content-Length")); err != nil || n < 100 || len(body) != 0 {
		t.Errorf("Content-Length %q, %d bytes", header.Get("Content-Length"), len(body))
	}
}

// TestAnswersDoNotMix: the buffers of answers are used again, and for none of two at once.
func TestAnswersDoNotMix(t *testing.T) {
	t.Parallel()
	r := start(t, fakeProgram(fixed(reads("a", fakeA), reads("b", fakeB))), "--kamailio.address=x", "--web.disable-exporter-metrics")
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			only, other := "a", "b"
			if i%2 == 1 {
				only, other = other, only
			}
			for range 20 {
				_, body := rawGet(t, http.MethodGet, r.url+"/metrics?collect[]="+only, "gzip")
				text := unpack(t, body)
				if !strings.Contains(text, fmt.Sprintf("\nkamailio_%s 1\n", only)) || strings.Contains(text, fmt.Sprintf("\nkamailio_%s ", other)) {
					t.Errorf("collector %s alone:\n%s", only, text)
				}
			}
		})
	}
	clients.Wait()
}
