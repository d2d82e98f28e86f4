package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// packed is a page as it was sent to who accepts gzip, and what is in it.
func (f *fixture) packed(path string, header ...string) (answer *http.Response, sent, page string) {
	f.t.Helper()
	answer, sent = f.do(http.MethodGet, path, "", append(header, "Accept-Encoding", "gzip")...)
	if answer.Header.Get("Content-Encoding") != "gzip" || answer.Header.Get("Content-Length") != strconv.Itoa(len(sent)) || !strings.Contains(answer.Header.Get("Vary"), "Accept-Encoding") {
		f.t.Fatalf("%s: %s, %d bytes with %v", path, answer.Status, len(sent), answer.Header)
	}
	r, err := gzip.NewReader(strings.NewReader(sent))
	if err != nil {
		f.t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer, sent, string(text)
}

// plain is a page as it is sent to who takes no compression.
func (f *fixture) plain(path string, header ...string) (*http.Response, string) {
	f.t.Helper()
	return f.do(http.MethodGet, path, "", append(header, "Accept-Encoding", "identity")...)
}

// TestReadersShareALook: whoever asks for the same of the same look gets the same bytes, and compressed the same page as without.
func TestReadersShareALook(t *testing.T) {
	t.Parallel()
	site := recoverySite(t)
	for _, path := range []string{"/objectives", "/objectives?sort=name&dir=desc", "/objectives?group=tier", "/objectives?group=owner&sort=burn", "/objectives?owner=voip", "/objectives?tier=none"} {
		answer, sent, page := site.packed(path)
		_, plain := site.plain(path)
		if page != plain || (len(rowsIn(page)) == 0) != strings.HasSuffix(path, "none") {
			t.Errorf("%s: compressed the page is another", path)
		}
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				if again, same, _ := site.packed(path); same != sent || again.Header.Get("ETag") != answer.Header.Get("ETag") {
					t.Errorf("%s: two readers of one look got two pages", path)
				}
			})
		}
		readers.Wait()
	}
}

// TestANewLookIsSeenAtOnce, in every view, by those who take compression and those who do not; and so is what is not known any more.
func TestANewLookIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	r := &records{}
	site, f := recoverySiteOf(t, r)
	for _, c := range []struct {
		value      float64
		want, gone string
	}{{0, "81.2 %", "37 %"}, {0.37, "37 %", "81.2 %"}, {0.55, "55 %", "37 %"}, {0, "81.2 %", "55 %"}} {
		r.value = c.value
		f.Look(t.Context())
		for _, path := range []string{"/objectives", "/objectives?group=owner", "/objectives?owner=voip"} {
			_, _, page := site.packed(path)
			_, plain := site.plain(path)
			if page != plain || !strings.Contains(page, c.want) || strings.Contains(page, c.gone) {
				t.Errorf("%s does not show %s alone", path, c.want)
			}
		}
	}
	r.err = io.ErrUnexpectedEOF
	f.Look(t.Context())
	if _, _, page := site.packed("/objectives"); strings.Contains(page, "81.2 %") || !strings.Contains(page, "not known since then: ") {
		t.Error("a number stands there that is not known any more")
	}
}

// TestRolesAreNotShared: what a page says to one reader no other reads, who asks for the same at the same moment.
func TestRolesAreNotShared(t *testing.T) {
	t.Parallel()
	site := recoverySite(t)
	alice := []string{"Authorization", "Bearer " + aliceToken}
	auditor := []string{"Authorization", "Bearer " + audToken}
	session := site.login()
	for range 2 { // the first makes what is shared, the second has it
		for _, reader := range []struct {
			header           []string
			name, says, hide string
		}{
			{alice, "alice", "<span>alice</span>", "auditor"},
			{nil, "nobody", `action="/login"`, "alice"},
			{auditor, "the auditor", "<span>auditor (reads only)</span>", "alice"},
			{[]string{"Cookie", session.Name + "=" + session.Value}, "alice by her session", "<span>alice</span>", "reads only"},
			{[]string{"Cookie", session.Name + "=made-up"}, "who makes a session up", `action="/login"`, "alice"},
		} {
			answer, _, page := site.packed("/objectives", reader.header...)
			_, plain := site.plain("/objectives", reader.header...)
			if page != plain || !strings.Contains(page, reader.says) || strings.Contains(page, reader.hide) {
				t.Errorf("%s reads what is said to somebody else", reader.name)
			}
			if !strings.Contains(answer.Header.Get("Cache-Control"), "no-store") {
				t.Errorf("what %s reads may be stored", reader.name)
			}
		}
	}
}

// TestNotModified: who has the page is told so within the same look and moment, and never beyond, or of what was said to somebody else.
func TestNotModified(t *testing.T) {
	t.Parallel()
	r := &records{}
	site, f := recoverySiteOf(t, r)
	answer, _, _ := site.packed("/objectives")
	tag := answer.Header.Get("ETag")
	if len(tag) < 20 || tag[0] != '"' {
		t.Fatalf("ETag %s", tag)
	}
	asked := func(path, tags string, header ...string) int {
		t.Helper()
		again, body := site.do(http.MethodGet, path, "", append(header, "If-None-Match", tags)...)
		if again.StatusCode == http.StatusNotModified && (body != "" || again.Header.Get("ETag") != tag || again.Header.Get("Content-Encoding") != "") {
			t.Errorf("304 with %q and %v", body, again.Header)
		}
		return again.StatusCode
	}
	gzipped := []string{"Accept-Encoding", "gzip"}
	for _, tags := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		if got := asked("/objectives", tags, gzipped...); got != http.StatusNotModified {
			t.Errorf("%s: %d", tags, got)
		}
	}
	whole := func(what, path, tags string, header ...string) {
		t.Helper()
		if got := asked(path, tags, header...); got != http.StatusOK {
			t.Errorf("%s: %d", what, got)
		}
	}
	whole("another tag", "/objectives", `"other"`, gzipped...)
	whole("a tag without quotes", "/objectives", strings.Trim(tag, `"`), gzipped...)
	whole("without compression", "/objectives", tag, "Accept-Encoding", "identity")
	whole("another view", "/objectives?sort=name", tag, gzipped...)
	whole("another choice with the same lines", "/objectives?sort=state&dir=desc", tag, gzipped...)
	whole("an operator", "/objectives", tag, "Accept-Encoding", "gzip", "Authorization", "Bearer "+aliceToken)
	if got := asked("/objectives/none", "*", gzipped...); got != http.StatusNotFound {
		t.Errorf("an objective that there is not: %d", got)
	}
	f.Look(t.Context())
	whole("a new look with the same numbers", "/objectives", tag, gzipped...)
	answer, _, _ = site.packed("/objectives")
	tag = answer.Header.Get("ETag")
	site.clockAt(time.Date(2026, 3, 14, 3, 0, 1, 0, time.UTC))
	whole("a second later", "/objectives", tag, gzipped...)
}
