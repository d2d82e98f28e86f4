package main

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/voipbin/observability/internal/exporter/programtest"
)

// BenchmarkScrapeOverHTTP scrapes the whole program over HTTP with compression, as Prometheus does, by recorded answers of
// Kamailio 6.1.5. The client and the fake Kamailio are in the same process: for what a scrape costs beside a real one, see
// test/integration.
func BenchmarkScrapeOverHTTP(b *testing.B) {
	for name, path := range map[string]string{"all": "/metrics", "without-sockets": "/metrics?exclude[]=sockets"} {
		b.Run(name, func(b *testing.B) {
			url := startProgram(b, "--kamailio.address="+recorded(b, "6.1.5")) + path
			b.ReportAllocs()
			for b.Loop() {
				scrapeCompressed(b, url)
			}
		})
	}
}

// startProgram runs the program to the end of the benchmark and returns its address.
func startProgram(b *testing.B, args ...string) string {
	b.Helper()
	listen := programtest.FreePort(b)
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan int)
	go func() {
		ended <- run(ctx, append(args, "--web.listen-address="+listen, "--log.level=error"), io.Discard, io.Discard, nil)
	}()
	b.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			b.Errorf("exit code %d", code)
		}
	})
	if _, _, err := programtest.Await(ctx, http.MethodGet, "http://"+listen+"/-/healthy"); err != nil {
		b.Fatal(err)
	}
	return "http://" + listen
}

// scrapeCompressed gets an exposition and throws it away, compressed as it came.
func scrapeCompressed(b *testing.B, url string) {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip")
	request.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "10")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.Header.Get("Content-Encoding") != "gzip" {
		b.Fatalf("status %d: %v", response.StatusCode, err)
	}
}
