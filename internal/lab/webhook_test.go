package lab

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func post(t *testing.T, url, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

func TestWebhookKeepsTheLastMessages(t *testing.T) {
	t.Parallel()
	hook, err := StartWebhook()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hook.Close() })
	if got := post(t, hook.URL(), `{"text":"","attachments":[{"title":"PAGE  X","text":"calls\nfail"}]}`); got != http.StatusOK {
		t.Errorf("want 200, got %d", got)
	}
	total, last := hook.Notifications()
	if total != 1 || len(last) != 1 || last[0].Text != "PAGE X calls fail" || last[0].At.IsZero() {
		t.Errorf("want one message on one line, got %d: %+v", total, last)
	}
	for range keptNotification {
		post(t, hook.URL(), `{"text":"again"}`)
	}
	total, last = hook.Notifications()
	if diff := cmp.Diff([]int{keptNotification + 1, keptNotification}, []int{total, len(last)}); diff != "" {
		t.Errorf("messages in all, and kept (-want +got):\n%s", diff)
	}
}

// TestWebhookAnswersAsSlack: Alertmanager takes an answer of 200 that is not "ok" for a refusal.
func TestWebhookAnswersAsSlack(t *testing.T) {
	t.Parallel()
	hook, err := StartWebhook()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hook.Close() })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, hook.URL(), strings.NewReader(`{"text":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "ok" {
		t.Errorf("want ok, got %q, %v", body, err)
	}
}

func TestWebhookRefusesOtherThings(t *testing.T) {
	t.Parallel()
	hook, err := StartWebhook()
	if err != nil {
		t.Fatal(err)
	}
	f := func(url, body string, want int) {
		t.Helper()
		if got := post(t, url, body); got != want {
			t.Errorf("%s %q: want %d, got %d", url, body, want, got)
		}
	}
	f(hook.URL(), "payload=x", http.StatusBadRequest)
	f(hook.URL(), `{"text":"`+strings.Repeat("x", maxNotification)+`"}`, http.StatusBadRequest)
	f(strings.TrimSuffix(hook.URL(), webhookPath)+"/other", "{}", http.StatusNotFound)
	if total, _ := hook.Notifications(); total != 0 {
		t.Errorf("want nothing taken, got %d", total)
	}
	if err := hook.Close(); err != nil {
		t.Error(err)
	}
}
