package platform

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// The bounds of what is kept of deployments.
const (
	maxServices   = 200
	maxDeployFile = 1 << 20
)

// The results of a deployment.
const (
	deploySuccess = "success"
	deployFailure = "failure"
)

// deploys is a file of deployments that the CI told of. It is read at each scrape and written at each message, so that it outlives both the
// exporter and another instance of it.
type deploys struct {
	Options
	path string

	mu    sync.Mutex
	state deployState // of the last Check
}

// deployState is the content of the file.
type deployState struct {
	Services map[string]*serviceDeploys `json:"services"`
}

// serviceDeploys is what is kept of one service.
type serviceDeploys struct {
	// Versions are those deployed with success, newest first.
	Versions []deployedVersion `json:"versions"`
	Success  uint64            `json:"success"`
	Failure  uint64            `json:"failure"`
	// Failed is when the last failed one ended; nil where none did, or before this was kept.
	Failed *time.Time `json:"failed,omitempty"`
}

// deployedVersion is a version, and when it was last deployed.
type deployedVersion struct {
	Version string    `json:"version"`
	At      time.Time `json:"at"`
}

// deployment is what the CI posts.
type deployment struct {
	Service string `json:"service"`
	Version string `json:"version"`
	// Result is success or failure; empty is success.
	Result string `json:"result"`
	// At is when it ended; without it the time of the message counts.
	At *time.Time `json:"at"`
}

func newDeploys(o Options, u *url.URL) (*exporter.Target, error) {
	if o.Credentials.PasswordFile == "" {
		return nil, errors.New("deployments are taken from those with the token only: name its file as the password file")
	}
	if o.Receiver == nil {
		return nil, errors.New("deployments need a receiver")
	}
	d := &deploys{Options: o, path: u.Path}
	return &exporter.Target{Name: o.Name, Check: d.check, Scrapers: pick([]exporter.Scraper{part{"deploys", d.show}}, o.Collectors), Run: d.run}, nil
}

// run takes messages until ctx ends.
func (d *deploys) run(ctx context.Context) {
	d.Receiver.open(d)
	<-ctx.Done()
	d.Receiver.close(d)
}

// check reads the file. One that is not there yet is a file without deployments, where its folder is there.
func (d *deploys) check(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	state, err := d.read()
	if err == nil {
		d.state = state
	}
	return err
}

func (d *deploys) read() (deployState, error) {
	empty := deployState{Services: map[string]*serviceDeploys{}}
	info, err := os.Stat(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Dir(d.path)); err != nil {
			return empty, exporter.Failed(exporter.OutcomeTransport, err)
		}
		return empty, nil
	}
	if err != nil {
		return empty, exporter.Failed(exporter.OutcomeTransport, err)
	}
	if info.Size() > maxDeployFile {
		return empty, exporter.Failed(exporter.OutcomeDecode, fmt.Errorf("%s is larger than %d bytes", d.path, maxDeployFile))
	}
	data, err := os.ReadFile(d.path)
	if err != nil {
		return empty, exporter.Failed(exporter.OutcomeTransport, err)
	}
	state := empty
	if err := json.Unmarshal(data, &state); err != nil {
		return empty, exporter.Failed(exporter.OutcomeDecode, fmt.Errorf("%s is not a file of deployments", d.path))
	}
	for name, s := range state.Services {
		if s == nil {
			delete(state.Services, name)
		}
	}
	return state, nil
}

// errTooMany says that a service is one too many.
var errTooMany = fmt.Errorf("%d services are known already, and no more are kept", maxServices)

// take keeps a deployment, on disk before it returns.
func (d *deploys) take(m deployment) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	state, err := d.read()
	if err != nil {
		return err
	}
	s := state.Services[m.Service]
	if s == nil {
		if len(state.Services) >= maxServices {
			return errTooMany
		}
		s = &serviceDeploys{}
		state.Services[m.Service] = s
	}
	s.add(m, d.Module.Keep)
	if err := d.write(state); err != nil {
		return err
	}
	d.state = state
	return nil
}

// add counts a deployment. A failed one deploys no version.
func (s *serviceDeploys) add(m deployment, keep int) {
	if m.Result == deployFailure {
		s.Failure++
		if s.Failed == nil || m.At.After(*s.Failed) { // it may be told late
			s.Failed = m.At
		}
		return
	}
	s.Success++
	at := func(v deployedVersion) bool { return v.Version == m.Version }
	if i := slices.IndexFunc(s.Versions, at); i >= 0 {
		if s.Versions[i].At.After(*m.At) {
			return // told late
		}
		s.Versions = slices.Delete(s.Versions, i, i+1)
	}
	s.Versions = append(s.Versions, deployedVersion{m.Version, *m.At})
	slices.SortStableFunc(s.Versions, func(a, b deployedVersion) int { return cmp.Compare(b.At.UnixNano(), a.At.UnixNano()) })
	s.Versions = s.Versions[:min(len(s.Versions), keep)]
}

// write puts the file in place as a whole.
func (d *deploys) write(state deployState) error {
	data, err := json.MarshalIndent(state, "", " ")
	if err != nil {
		return fmt.Errorf("encode deployments: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(d.path), ".deploys-*")
	if err != nil {
		return fmt.Errorf("keep deployments: %w", err)
	}
	_, err = f.Write(append(data, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), d.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep deployments: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// show tells of what is kept.
func (d *deploys) show(_ context.Context, b *emit.Batch) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.state.Services) == 0 {
		return exporter.Empty(nil)
	}
	for name, s := range d.state.Services {
		b.Add(metric.PlatformDeploys, float64(s.Success), name, deploySuccess)
		b.Add(metric.PlatformDeploys, float64(s.Failure), name, deployFailure)
		if s.Failed != nil {
			b.Add(metric.PlatformDeployFailed, seconds(*s.Failed), name)
		}
		for _, v := range s.Versions {
			b.Add(metric.PlatformDeployTime, seconds(v.At), name, v.Version)
		}
	}
	return nil
}

// seconds is a moment as seconds since 1970.
func seconds(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }

// check says in one line what is wrong with a message, and fills in what it may leave out.
func (m *deployment) check(now time.Time) error {
	name := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/+:@-]{0,127}$`)
	const form = "letters, digits and ._/+:@-, 128 at most"
	m.Result = cmp.Or(m.Result, deploySuccess)
	if m.At == nil {
		m.At = &now
	}
	switch {
	case !name.MatchString(m.Service):
		return errors.New("service: write " + form)
	case !name.MatchString(m.Version):
		return errors.New("version: write " + form)
	case m.Result != deploySuccess && m.Result != deployFailure:
		return errors.New("result: write success or failure")
	case m.At.After(now.Add(time.Minute)):
		return errors.New("at: lies in the future")
	case m.At.Before(now.AddDate(-1, 0, 0)):
		return errors.New("at: lies more than a year back")
	}
	return nil
}
