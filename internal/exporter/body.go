package exporter

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"

	"github.com/voipbin/observability/internal/gzipped"
)

// keepBody is the largest exposition whose buffers are kept for the next one, in bytes: 1,600 dispatcher targets take less.
const keepBody = 1 << 20

// bodies lends out the buffers of answers. An answer is made as a whole before any of it is sent: so it is compressed in one
// go and goes out in one write, and a client that reads slowly holds no more than the compressed bytes. The buffers of one answer are
// kept: a sync.Pool would lose them to the garbage collector every few scrapes.
type bodies struct{ kept atomic.Pointer[body] }

// body is one answer in the making. It stands in for the client's http.ResponseWriter. The buffer has the methods by which
// the encoders of expositions write texts and bytes without a buffer of their own.
type body struct {
	bytes.Buffer
	client http.ResponseWriter
	status int

	packed bytes.Buffer
	gzip   *gzip.Writer
}

// serve lets f write the answer, and sends it, compressed if the client wants that. With an error of f nothing is sent.
func (p *bodies) serve(w http.ResponseWriter, r *http.Request, f func(*body) error) error {
	b := p.kept.Swap(nil)
	if b == nil {
		b = new(body)
	}
	b.client, b.status = w, http.StatusOK
	err := f(b)
	if err == nil {
		b.send(gzipped.Accepted(r.Header))
	}
	b.client = nil
	if b.Cap() <= keepBody {
		b.Reset()
		p.kept.Store(b)
	}
	return err
}

// Header is the client's, so that what a handler sets is sent.
func (b *body) Header() http.Header { return b.client.Header() }

// WriteHeader notes the status, which is sent with the body.
func (b *body) WriteHeader(status int) { b.status = status }

// send sends what was written. An error means that the client has hung up, which nobody needs to be told.
func (b *body) send(compressed bool) {
	header := b.client.Header()
	header.Add("Vary", "Accept-Encoding")
	text := &b.Buffer
	if compressed {
		header.Set("Content-Encoding", "gzip")
		text = b.pack()
	}
	header.Set("Content-Length", strconv.Itoa(text.Len()))
	b.client.WriteHeader(b.status)
	_, _ = b.client.Write(text.Bytes())
}

// pack compresses the answer without a memory of what came before: a writer with one, as those of compress/gzip, holds a
// megabyte between scrapes. Measured on 58 KB of exposition of a Kamailio 6.1.5: 9.7 KB in 0.6 ms, where compress/gzip makes 8.0
// in 3.7 ms, or at its lowest level 9.6 in 1.1 ms.
func (b *body) pack() *bytes.Buffer {
	b.packed.Reset()
	if b.gzip == nil {
		b.gzip, _ = gzip.NewWriterLevel(io.Discard, gzip.StatelessCompression) // fails for a level that does not exist
	}
	b.gzip.Reset(&b.packed)
	_, _ = b.gzip.Write(b.Bytes()) // a bytes.Buffer takes everything
	_ = b.gzip.Close()
	return &b.packed
}
