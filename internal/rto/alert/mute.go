package alert

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/go-openapi/strfmt"
	api "github.com/prometheus/alertmanager/api/v2/client"
	"github.com/prometheus/alertmanager/api/v2/client/silence"
	"github.com/prometheus/alertmanager/api/v2/models"
)

// MuteFor is how long a silence lasts unless it is held on: a tracker that dies in a drill leaves nobody deaf for longer.
const MuteFor = 15 * time.Minute

// errMatchers refuses a silence of everything.
var errMatchers = errors.New("a mute needs at least one label: one without would silence every alert there is")

// Mute is the silence of one drill. It is not safe for concurrent use.
type Mute struct {
	api     *api.AlertmanagerAPI
	labels  map[string]string
	author  string
	comment string
	id      string
}

// NewMute prepares a silence of the alerts that have all the labels; Hold makes it.
func NewMute(address string, labels map[string]string, author, comment string) (*Mute, error) {
	if len(labels) == 0 {
		return nil, errMatchers
	}
	c, err := dial(address)
	if err != nil {
		return nil, err
	}
	return &Mute{api: c, labels: labels, author: author, comment: comment}, nil
}

// Hold makes the silence, or lets the one that was made last for MuteFor from now (by the wall clock, which Alertmanager goes by).
func (m *Mute) Hold(ctx context.Context, now time.Time) error {
	begin, end := strfmt.DateTime(now), strfmt.DateTime(now.Add(MuteFor))
	s := &models.PostableSilence{ID: m.id, Silence: models.Silence{
		Comment: &m.comment, CreatedBy: &m.author, StartsAt: &begin, EndsAt: &end, Matchers: m.matchers(),
	}}
	answer, err := m.api.Silence.PostSilences(silence.NewPostSilencesParamsWithContext(ctx).WithTimeout(requestTimeout).WithSilence(s))
	if err != nil {
		return failed("silence for the drill", err)
	}
	m.id = answer.Payload.SilenceID
	return nil
}

func (m *Mute) matchers() models.Matchers {
	var out models.Matchers
	equal, regex := true, false
	for _, name := range slices.Sorted(maps.Keys(m.labels)) {
		value := m.labels[name]
		out = append(out, &models.Matcher{Name: &name, Value: &value, IsEqual: &equal, IsRegex: &regex})
	}
	return out
}

// Held tells whether a silence was made.
func (m *Mute) Held() bool { return m.id != "" }

// End expires the silence, if one was made.
func (m *Mute) End(ctx context.Context) error {
	if m.id == "" {
		return nil
	}
	if _, err := m.api.Silence.DeleteSilence(silence.NewDeleteSilenceParamsWithContext(ctx).WithTimeout(requestTimeout).WithSilenceID(strfmt.UUID(m.id))); err != nil {
		return failed("end the drill's silence", err)
	}
	m.id = ""
	return nil
}
