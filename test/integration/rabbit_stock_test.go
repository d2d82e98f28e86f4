//go:build integration

package integration

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe/rabbit"
)

// mirrorVariable names a file for what the management interface says of a mirror that is behind: internal/rto/probe/rabbit/testdata has it.
const mirrorVariable = "RABBIT_RECORD"

// TestRabbitMQStock holds what the tracker says would be lost against what was put into a real broker: messages that wait, messages that somebody
// took and did not acknowledge, the age of the oldest, over two kinds of queues.
func TestRabbitMQStock(t *testing.T) {
	t.Parallel()
	site := newRabbitSite(t)
	site.start()
	stock, err := rabbit.NewStock(rabbit.StockConfig{Store: "queues", URL: fmt.Sprintf("http://127.0.0.1:%d", site.http), Credentials: guest, Now: trackerNow})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stock.Close() }()
	var newest rto.StockSample
	begin := time.Now().Truncate(time.Second)
	look := func(what string, ok func(rto.StockSample) bool) rto.StockSample {
		t.Helper()
		defer func() {
			if t.Failed() {
				t.Logf("%s: the newest look is %+v", what, newest)
				if newest.OldestAge != nil {
					t.Logf("the oldest is %.3f s old, and that of %s was put in", *newest.OldestAge, begin)
				}
			}
		}()
		within(t, 30*time.Second, what, func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			newest = stock.Look(ctx)
			return newest.Outcome == rto.OK && ok(newest)
		})
		return newest
	}
	look("an empty broker", func(s rto.StockSample) bool {
		return s.Facts["queues"] == 0 && s.AtRisk["messages_ready"] == 0 && s.OldestAge == nil
	})
	var conn *amqp.Connection
	within(t, 60*time.Second, "the broker takes connections", func() bool {
		conn, err = amqp.Dial(fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d/", site.amqp))
		return err == nil
	})
	defer func() { _ = conn.Close() }()
	channel, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	const calls, billing, taken = 137, 20, 30
	begin = time.Now().Truncate(time.Second)
	for _, q := range []struct {
		name  string
		table amqp.Table
		n     int
	}{{"calls", nil, calls}, {"billing", amqp.Table{"x-queue-type": "quorum"}, billing}} {
		if _, err := channel.QueueDeclare(q.name, true, false, false, false, q.table); err != nil {
			t.Fatal(err)
		}
		for i := range q.n {
			// The oldest of the calls waits for ten minutes, each that follows for a second less; bills are younger.
			age := time.Duration(600-i) * time.Second
			if q.name == "billing" {
				age = time.Minute
			}
			err := channel.PublishWithContext(t.Context(), "", q.name, true, false, amqp.Publishing{DeliveryMode: amqp.Persistent, Timestamp: begin.Add(-age), Body: []byte("x")})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	aged := func(s rto.StockSample, oldest time.Duration) bool {
		if s.OldestAge == nil {
			return false
		}
		want := s.Recv.Time().Sub(begin.Add(-oldest)).Seconds()
		return *s.OldestAge > want-0.01 && *s.OldestAge < want+0.01
	}
	s := look("everything waits", func(s rto.StockSample) bool { return s.AtRisk["messages_ready"] == calls+billing })
	if s.Facts["queues"] != 2 || s.AtRisk["messages_unacked"] != 0 || s.Facts["quorum_members_offline"] != 0 {
		t.Errorf("%d and %d messages in two queues are %+v", calls, billing, s)
	}
	if _, mirrored := s.AtRisk["unsynced_mirrors"]; mirrored {
		t.Errorf("there is no mirror, and it says %+v", s)
	}
	look("the oldest call is ten minutes old", func(s rto.StockSample) bool { return aged(s, 600*time.Second) })
	if err := channel.Qos(taken, 0, false); err != nil {
		t.Fatal(err)
	}
	deliveries, err := channel.Consume("calls", "slow", false, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	var held []amqp.Delivery
	for len(held) < taken {
		select {
		case d := <-deliveries:
			held = append(held, d)
		case <-time.After(20 * time.Second):
			t.Fatalf("only %d were delivered", len(held))
		}
	}
	// What somebody took is at risk as well, and the oldest of it is the oldest of all.
	look("some are taken", func(s rto.StockSample) bool {
		return s.AtRisk["messages_ready"] == calls+billing-taken && s.AtRisk["messages_unacked"] == taken && aged(s, 600*time.Second)
	})
	if err := channel.Cancel("slow", false); err != nil {
		t.Fatal(err)
	}
	if err := held[len(held)-1].Ack(true); err != nil {
		t.Fatal(err)
	}
	look("those that were taken are done", func(s rto.StockSample) bool {
		return s.AtRisk["messages_ready"] == calls+billing-taken && s.AtRisk["messages_unacked"] == 0 && aged(s, (600-taken)*time.Second)
	})
	for _, name := range []string{"calls", "billing"} {
		if _, err := channel.QueuePurge(name, false); err != nil {
			t.Fatal(err)
		}
	}
	look("all is done", func(s rto.StockSample) bool {
		return s.Facts["queues"] == 2 && s.AtRisk["messages_ready"] == 0 && s.AtRisk["messages_unacked"] == 0 && s.OldestAge == nil
	})
	mirrored(t, site, channel, look)
}

// mirrored adds a node that mirrors one of the queues: its mirror is behind until somebody has it synchronised, and gone when its node is. The
// exporter of the platform says the same.
func mirrored(t *testing.T, site *rabbitSite, channel *amqp.Channel, look func(string, func(rto.StockSample) bool) rto.StockSample) {
	t.Helper()
	const calls = 5
	sent := time.Now().Truncate(time.Second).Add(-2 * time.Minute)
	for range calls {
		if err := channel.PublishWithContext(t.Context(), "", "calls", true, false, amqp.Publishing{DeliveryMode: amqp.Persistent, Timestamp: sent, Body: []byte("x")}); err != nil {
			t.Fatal(err)
		}
	}
	second := site.join()
	exporter := platformTarget(t, fmt.Sprintf("rabbitmq://127.0.0.1:%d", site.http), "guest", "guest", nil)
	const queue = `{queue="calls",vhost="/"} `
	put(t, site, http.StatusCreated, "/api/policies/%2F/mirrored", `{"pattern":"^calls$","apply-to":"queues","definition":{"ha-mode":"all","ha-sync-mode":"manual"}}`)
	s := look("the mirror lacks what was there before it", func(s rto.StockSample) bool {
		return s.AtRisk["unsynced_mirrors"] == 1 && s.AtRisk["messages_ready"] == calls && s.AtRisk["queues_without_mirror"] == 0
	})
	platformShows(t, exporter, "platform_rabbitmq_queue_mirrors"+queue+"1", "platform_rabbitmq_queue_unsynced_mirrors"+queue+"1", `platform_rabbitmq_nodes{state="running"} 2`)
	if want := s.Recv.Time().Sub(sent).Seconds(); s.OldestAge == nil || *s.OldestAge != want {
		t.Errorf("the oldest is %v s old, want %v", s.OldestAge, want)
	}
	if file := os.Getenv(mirrorVariable); file != "" {
		text := manage(t, site, http.MethodGet, http.StatusOK, "/api/queues?page=1&page_size=500", "")
		if err := os.WriteFile(file, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	manage(t, site, http.MethodPost, http.StatusNoContent, "/api/queues/%2F/calls/actions", `{"action":"sync"}`)
	look("the mirror is synchronised", func(s rto.StockSample) bool {
		unsynced, known := s.AtRisk["unsynced_mirrors"]
		return known && unsynced == 0 && s.AtRisk["messages_ready"] == calls && s.AtRisk["queues_without_mirror"] == 0
	})
	platformShows(t, exporter, "platform_rabbitmq_queue_mirrors"+queue+"1", "platform_rabbitmq_queue_unsynced_mirrors"+queue+"0")
	if err := second.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-second.Done()
	look("the mirror's node is dead", func(s rto.StockSample) bool {
		return s.AtRisk["queues_without_mirror"] == 1 && s.AtRisk["messages_ready"] == calls
	})
	platformShows(t, exporter, `platform_rabbitmq_nodes{state="running"} 1`, `platform_rabbitmq_nodes{state="down"} 1`)
	if text := platformSuite().Scrape(t, exporter).Text; strings.Contains(text, "platform_rabbitmq_queue_unsynced_mirrors{") {
		t.Errorf("a mirror that is gone is said to be behind:\n%s", text)
	}
}
