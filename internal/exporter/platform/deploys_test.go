package platform

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
)

// receiving is a target ci that takes messages, its receiver and its file.
func receiving(t *testing.T, file string) (*exporter.Target, *Receiver) {
	t.Helper()
	path, _ := secret(t)
	r := NewReceiver()
	target := at(t, "deploys:"+file, func(o *Options) {
		o.Name, o.Receiver, o.Credentials = "ci", r, exporter.Credentials{PasswordFile: path}
	})
	running(t, target)
	for deadline := time.Now().Add(10 * time.Second); r.target("ci") == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the target never took messages")
		}
	}
	return target, r
}

// post is the status and the answer to a message.
func post(r *Receiver, query, token, body string) (int, string) {
	req := httptest.NewRequest(http.MethodPost, "/deploys"+query, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w.Code, w.Body.String()
}

func TestDeploysGolden(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "deploys.json")
	target, r := receiving(t, file)
	holds(t, suite().Scrape(t, target), `platform_exporter_collector_outcome{collector="deploys",outcome="empty"} 1`)
	for i := range 7 {
		body := fmt.Sprintf(`{"service":"call-manager","version":"v%d","at":"2020-01-01T0%d:00:00Z"}`, i, i)
		if code, text := post(r, "?target=ci", "hush-hush", body); code != http.StatusNoContent {
			t.Fatalf("%d %s", code, text)
		}
	}
	for _, body := range []string{
		`{"service":"call-manager","version":"v8","result":"failure"}`,
		`{"service":"call-manager","version":"v2","at":"2020-01-01T12:00:00Z"}`, // rolled back
		`{"service":"call-manager","version":"v2","at":"2020-01-01T11:00:00Z"}`, // told late
		`{"service":"api-manager","version":"2bf22fa4"}`,
	} {
		if code, text := post(r, "", "hush-hush", body); code != http.StatusNoContent {
			t.Fatalf("%d %s", code, text)
		}
	}
	suite().Golden(t, target, "testdata/golden/deploys.prom")
	again, _ := receiving(t, file)
	if got, want := suite().Scrape(t, again).Text, suite().Scrape(t, target).Text; got != want {
		t.Errorf("after a restart:\n%s\nbefore:\n%s", got, want)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".deploys-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestMessagesThatAreRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "deploys.json")
	_, r := receiving(t, file)
	const good = `{"service":"a","version":"1"}`
	f := func(query, token, body string, status int, want string) {
		t.Helper()
		code, text := post(r, query, token, body)
		if code != status || !strings.Contains(text, want) || strings.Contains(text, "hush-hush") || strings.Count(text, "\n") != 1 {
			t.Errorf("%s %q: got %d %q", query, body, code, text)
		}
	}
	f("", "wrong", good, 401, "token")
	f("", "", good, 401, "token")
	f("?target=other", "hush-hush", good, 401, "token")
	f("", "hush-hush", "", 400, "want an object")
	f("", "hush-hush", good+good, 400, "nothing after it")
	f("", "hush-hush", `{"service":"a","version":"1","secret":"x"}`, 400, "want an object")
	f("", "hush-hush", `{"service":"a"}`, 400, "version")
	f("", "hush-hush", `{"service":"a\"b","version":"1"}`, 400, "service")
	f("", "hush-hush", `{"service":"a","version":"1","result":"maybe"}`, 400, "success or failure")
	f("", "hush-hush", `{"service":"a","version":"1","at":"2030-01-01T00:00:00Z"}`, 400, "future")
	f("", "hush-hush", `{"service":"a","version":"1","at":"1970-01-01T00:00:00Z"}`, 400, "year")
	f("", "hush-hush", `{"service":"`+strings.Repeat("x", maxMessage)+`"}`, 400, "want an object")
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("a message that was refused was kept: %v", err)
	}
}

func TestServicesAreBounded(t *testing.T) {
	t.Parallel()
	_, r := receiving(t, filepath.Join(t.TempDir(), "deploys.json"))
	for i := range maxServices {
		if code, text := post(r, "", "hush-hush", fmt.Sprintf(`{"service":"s%d","version":"1"}`, i)); code != http.StatusNoContent {
			t.Fatalf("%d: %d %s", i, code, text)
		}
	}
	if code, text := post(r, "", "hush-hush", `{"service":"more","version":"1"}`); code != http.StatusInsufficientStorage {
		t.Errorf("%d %s", code, text)
	}
	if code, _ := post(r, "", "hush-hush", `{"service":"s1","version":"2"}`); code != http.StatusNoContent {
		t.Errorf("a known service is refused: %d", code)
	}
}

// A file that is damaged is told of and never written over.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "deploys.json")
	if err := os.WriteFile(file, []byte(`{"services":`), 0o600); err != nil {
		t.Fatal(err)
	}
	target, r := receiving(t, file)
	holds(t, suite().Scrape(t, target), "platform_up 0")
	if code, text := post(r, "", "hush-hush", `{"service":"a","version":"1"}`); code != http.StatusInternalServerError || strings.Contains(text, file) {
		t.Errorf("%d %s", code, text)
	}
	if text, _ := os.ReadFile(file); string(text) != `{"services":` {
		t.Errorf("the file was changed: %s", text)
	}
	if err := os.WriteFile(file, []byte(`{"services":{"a":null,"b":{"success":3}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	holds(t, suite().Scrape(t, target), `platform_deploys_total{result="success",service="b"} 3`)
}

// A target that ends gives its name up, and only its own.
func TestReceiverFollowsReloads(t *testing.T) {
	t.Parallel()
	r := NewReceiver()
	older, newer := &deploys{Options: Options{Name: "ci"}}, &deploys{Options: Options{Name: "ci"}}
	r.open(older)
	r.open(newer)
	r.close(older)
	if r.target("") != newer {
		t.Error("the end of the older one took the newer one's name")
	}
	r.close(newer)
	if r.target("ci") != nil {
		t.Error("one that has ended takes messages")
	}
}

// The last failure is the latest one, whenever it is told, and a success after it does not make it forgotten: who asks compares the two.
func TestLastFailure(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "deploys.json")
	target, r := receiving(t, file)
	for _, body := range []string{
		`{"service":"a","version":"1","result":"failure","at":"2020-01-01T02:00:00Z"}`,
		`{"service":"a","version":"1","result":"failure","at":"2020-01-01T01:00:00Z"}`, // told late
		`{"service":"a","version":"2","at":"2020-01-01T03:00:00Z"}`,
		`{"service":"b","version":"1","at":"2020-01-01T03:00:00Z"}`,
	} {
		if code, text := post(r, "", "hush-hush", body); code != http.StatusNoContent {
			t.Fatalf("%d %s", code, text)
		}
	}
	text := suite().Scrape(t, target)
	holds(t, text, `platform_deploy_failure_timestamp_seconds{service="a"} 1.577844e+09`, `platform_deploys_total{result="failure",service="a"} 2`)
	if strings.Contains(text.Text, `platform_deploy_failure_timestamp_seconds{service="b"}`) {
		t.Error("a service that never failed has a time of its failure")
	}
}
