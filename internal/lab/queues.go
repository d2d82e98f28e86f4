package lab

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/sipp"
	"github.com/voipbin/observability/internal/promapi"
)

// queueCounts are what the laboratory reads back of queues: how a number is called in the comparison, and where it is. The last two are
// Asterisk's own count, the others what the exporter makes of its events.
func queueCounts() map[string]string {
	return map[string]string{
		"joined":                `sum by (queue) (asterisk_queue_joins_total)`,
		"waited, %s":            `sum by (queue, outcome) (asterisk_queue_wait_seconds_count)`,
		"talked, ended by %s":   `sum by (queue, ended_by) (asterisk_queue_talk_seconds_count)`,
		"completed, Asterisk's": `sum by (queue) (asterisk_queue_calls_completed_total)`,
		"abandoned, Asterisk's": `sum by (queue) (asterisk_queue_calls_abandoned_total)`,
	}
}

// Labels of them.
const (
	queueLabel = "queue"
	howLabels  = "outcome ended_by"
)

// readQueues reads them as last scraped. What is 0 is left out, as is what is not there: a queue nobody has entered yet has no series.
func readQueues(ctx context.Context, api *promapi.Client) (map[string]int, error) {
	all := map[string]int{}
	for what, query := range queueCounts() {
		samples, err := api.Query(ctx, query, time.Time{})
		if err != nil {
			return nil, err
		}
		for _, s := range samples {
			if s.Value != 0 {
				all[rowOfQueue(s.Labels[queueLabel], what, howOf(s.Labels))] += int(s.Value)
			}
		}
	}
	return all, nil
}

func howOf(labels promapi.Labels) string {
	for name := range strings.FieldsSeq(howLabels) {
		if how, ok := labels[name]; ok {
			return how
		}
	}
	return ""
}

func rowOfQueue(queue, what, how string) string {
	if strings.Contains(what, "%s") {
		what = fmt.Sprintf(what, how)
	}
	return "queue " + queue + " " + what
}

// enteredQueues is what has to be known of calls that were answered, by what the dialplan does with their users. Who is let go because
// the time in the queue is over counts as one who has abandoned it: so does Asterisk (app_queue.c).
func enteredQueues(seen map[string]sipp.Counts) map[string]int {
	all := map[string]int{}
	add := func(queue string, n int, rows ...string) {
		for _, row := range rows {
			if n != 0 {
				all["queue "+queue+" "+row] += n
			}
		}
	}
	const answer = 200
	add(asterisk.QueueSupport, seen[pbx(asterisk.UserQueue)].Final[answer], "joined", "waited, answered", "talked, ended by caller", "completed, Asterisk's")
	for _, user := range []string{asterisk.UserEmptyQueue, asterisk.UserQueueTimeout} {
		add(asterisk.QueueEmpty, seen[pbx(user)].Final[answer], "joined", "waited, abandoned", "abandoned, Asterisk's")
	}
	return all
}

// compareQueues sets the two sides against each other.
func compareQueues(seen map[string]sipp.Counts, known map[string]int) []CallRow {
	entered := enteredQueues(seen)
	both := maps.Clone(entered)
	maps.Copy(both, known)
	rows := make([]CallRow, 0, len(both))
	for _, what := range slices.Sorted(maps.Keys(both)) {
		rows = append(rows, CallRow{What: what, SIPp: entered[what], Prometheus: known[what]})
	}
	return rows
}
