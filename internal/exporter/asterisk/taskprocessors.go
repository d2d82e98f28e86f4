package asterisk

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

var errNoTaskTable = errors.New("core show taskprocessors: no table in the answer")

// serial is what makes a task processor's name unique.
var serial = regexp.MustCompile(`-[0-9a-f]{8}$`)

// taskprocessors reads how much waits to be done inside Asterisk. When PJSIP's processors are over their high water mark Asterisk takes no
// new requests.
type taskprocessors struct{ session *session }

// Name is that of the collector in its flag and in its outcome: taskprocessors.
func (taskprocessors) Name() string { return "taskprocessors" }

// group is task processors of one kind.
type group struct{ processors, queued, largest, over, deepest, highWater float64 }

// Scrape runs the command "core show taskprocessors" over AMI.
func (s taskprocessors) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := s.session.ask(ctx, ami.NewAction("Command", "Command", "core show taskprocessors"))
	if err != nil {
		return err
	}
	groups, err := taskGroups(slices.Collect(answer.Response.Output()))
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(groups) {
		g := groups[name]
		b.Add(metric.AsteriskTaskProcessors, g.processors, name)
		b.Add(metric.AsteriskTaskQueue, g.queued, name)
		b.Add(metric.AsteriskTaskQueueLargest, g.largest, name)
		b.Add(metric.AsteriskTaskHighWater, g.highWater, name)
		b.Add(metric.AsteriskTaskOverHighWater, g.over, name)
		b.Add(metric.AsteriskTaskDeepest, g.deepest, name)
	}
	if len(groups) == 0 {
		return exporter.Empty(nil)
	}
	return nil
}

// taskColumns are the columns that are read. Between versions others were added at the end, so they are found by name.
type taskColumns struct{ queue, deepest, highWater int }

// taskGroups reads the table that "core show taskprocessors" prints.
func taskGroups(lines []string) (map[string]*group, error) {
	var columns *taskColumns
	groups := map[string]*group{}
	for _, line := range lines {
		if columns == nil {
			columns = header(line)
			continue
		}
		cells := strings.Fields(line)
		name, numbers, ok := split(cells, columns)
		if !ok {
			continue // the sum at the end
		}
		g, ok := groups[name]
		if !ok {
			g = &group{highWater: numbers[columns.highWater]}
			groups[name] = g
		}
		queued, high := numbers[columns.queue], numbers[columns.highWater]
		g.processors++
		g.queued += queued
		g.largest = max(g.largest, queued)
		g.deepest = max(g.deepest, numbers[columns.deepest])
		g.highWater = min(g.highWater, high)
		g.over += boolean(queued > high)
	}
	if columns == nil {
		return nil, exporter.Failed(exporter.OutcomeDecode, errNoTaskTable)
	}
	return groups, nil
}

// header finds the columns of numbers: each name has two words, but for the first.
func header(line string) *taskColumns {
	if !strings.HasPrefix(line, "Processor") {
		return nil
	}
	place := func(title string) int {
		at := strings.Index(line, title)
		if at < 0 {
			return -1
		}
		// The columns of numbers before this one, of which Processed alone is a single word.
		return len(regexp.MustCompile(`Processed|In Queue|Max Depth|Low water|High water`).FindAllString(line[:at], -1))
	}
	c := taskColumns{queue: place("In Queue"), deepest: place("Max Depth"), highWater: place("High water")}
	if c.queue < 0 || c.deepest < 0 || c.highWater < 0 {
		return nil
	}
	return &c
}

// split takes a row apart. A name may hold blanks, so numbers are taken from the end of the row.
func split(cells []string, c *taskColumns) (name string, numbers []float64, ok bool) {
	first := len(cells)
	for first > 0 {
		n, err := strconv.ParseFloat(cells[first-1], 64)
		if err != nil {
			break
		}
		numbers = append(numbers, n)
		first--
	}
	slices.Reverse(numbers)
	if first == 0 || len(numbers) <= max(c.queue, c.deepest, c.highWater) {
		return "", nil, false
	}
	return kind(strings.Join(cells[:first], " ")), numbers, true
}

// kind is a processor's name without what makes it unique: a number of eight hexadecimal digits at the end, and names of channels,
// conferences, topics and the like within.
func kind(name string) string {
	if short := serial.ReplaceAllString(name, ""); short != "" {
		name = short
	}
	for _, one := range []string{"Confbridge", "sorcery"} { // one a conference, one a kind of configuration object
		if strings.HasPrefix(name, one+"/") {
			return one
		}
	}
	if prefix, rest, ok := strings.Cut(name, ":"); ok && rest != "" {
		// stasis/p:channel:PJSIP/trunk-00000001: the topic's kind is kept, its object is not.
		topic, _, _ := strings.Cut(rest, ":")
		topic, _, _ = strings.Cut(topic, "/")
		return prefix + ":" + topic
	}
	parts := strings.SplitN(name, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}
